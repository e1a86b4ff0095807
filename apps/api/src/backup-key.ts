import { generateX25519Identity, identityToRecipient } from 'age-encryption';

/** Prints a new identity of age, and its recipient, as `age-keygen` does. */
const identity = await generateX25519Identity();
const recipient = await identityToRecipient(identity);
console.log(`# created: ${new Date().toISOString()}\n# public key: ${recipient}\n${identity}`);
console.error(
  `BACKUP_RECIPIENT=${recipient}\nKeep the output, the identity, on another machine: without it no backup can be read.`,
);
