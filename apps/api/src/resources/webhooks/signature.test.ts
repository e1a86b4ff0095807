import { describe, expect, it } from 'vitest';
import {
  makeWebhookSecret,
  readWebhookSecret,
  signedHeaders,
  writeWebhookSecret,
} from './signature.ts';

describe('a signature', () => {
  it("is the one of Standard Webhooks' own example", () => {
    const secret = readWebhookSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    expect(
      signedHeaders(
        [secret],
        'msg_p5jXN8AQM9LWM0D4loKWxJek',
        new Date(1_614_265_330_000),
        '{"test": 2432232314}',
      ),
    ).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is made with a secret that comes back as it was written', () => {
    const secret = makeWebhookSecret();
    expect(readWebhookSecret(writeWebhookSecret(secret))).toEqual(secret);
    expect(makeWebhookSecret()).not.toEqual(secret);
  });
});
