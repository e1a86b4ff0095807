import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { postJson, ApiError } from '../api-client.ts';
import { ErrorMessage } from '../feedback.tsx';

/**
 * Starts an update. After one today it offers to force another. An error shows the reason, and a
 * form if a key is needed.
 */
export function StartButton({
  text,
  onStarted,
}: {
  readonly text: string;
  readonly onStarted: () => void;
}): ReactNode {
  const start = useMutation({
    mutationFn: async (force: boolean) => postJson('accepted', '/updatedata', { force }),
    onSuccess: onStarted,
  });
  if (start.error instanceof ApiError && start.error.problem.code === 'updated-today') {
    return (
      <>
        <span role="alert">Already updated today.</span>
        <button type="button" onClick={() => start.mutate(true)}>
          Update again today
        </button>
      </>
    );
  }
  return (
    <>
      <button
        type="button"
        className="primary"
        disabled={start.isPending}
        onClick={() => start.mutate(false)}
      >
        {start.isPending ? 'Starting …' : text}
      </button>
      {start.isError ? <ErrorMessage error={start.error} /> : null}
    </>
  );
}
