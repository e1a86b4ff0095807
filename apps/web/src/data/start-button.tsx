import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { order } from '../answers.ts';
import { Failure } from '../states.tsx';

/** Starts an update. A refusal says why, and takes a key where one is needed. */
export function StartButton({ text, force = false, onStarted }: { readonly text: string; readonly force?: boolean; readonly onStarted: () => void }): ReactNode {
  const start = useMutation({ mutationFn: async () => order('accepted', '/updatedata', { force }), onSuccess: onStarted });
  return (
    <>
      <button type="button" className={force ? '' : 'primary'} disabled={start.isPending} onClick={() => start.mutate()}>
        {start.isPending ? 'Starting …' : text}
      </button>
      {start.isError ? <Failure error={start.error} /> : null}
    </>
  );
}
