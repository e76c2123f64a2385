/**
 * Replicas that the process starts which has started this one, as `tickraft up` does: they end with
 * it. The two speak over the channel that Node gives to a forked process.
 */
import type { ChildProcess } from 'node:child_process';
import { z } from 'zod';
import { reason } from '../../../vm/index.ts';
import { checkSpec, type Provisioned, type Provisioner, type ReplicaSpec } from './provisioner.ts';

/** In the environment of a process whose parent starts replicas. */
export const CHILD = { TICKRAFT_STARTED_BY: 'up' };

/** How long the parent may take (ms): a replica has to come up. */
const ANSWER_MS = 60_000;

const askSchema = z.object({
  provision: z.discriminatedUnion('verb', [
    z.object({
      call: z.int(),
      verb: z.literal('start'),
      spec: z.looseObject({ plan: z.string(), id: z.string() }),
    }),
    z.object({ call: z.int(), verb: z.literal('stop'), id: z.string() }),
    z.object({ call: z.int(), verb: z.literal('list') }),
  ]),
});
type Ask = z.infer<typeof askSchema>['provision'];
/** `Omit` for each of several forms. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const answerSchema = z.object({
  provisioned: z.object({ call: z.int(), error: z.string().optional(), value: z.unknown().optional() }),
});

/** Answers a process that was started with `CHILD`. */
export function serveChild(child: ChildProcess, provisioner: Provisioner): void {
  child.on('message', (said) => {
    const asked = askSchema.safeParse(said).data?.provision;
    if (asked === undefined) return;
    const { call } = asked;
    void carryOut(asked, provisioner)
      .then(
        (value) => ({ call, value }),
        (error: unknown) => ({ call, error: reason(error) }),
      )
      .then((provisioned) => {
        if (child.connected) child.send({ provisioned }, () => {});
      });
  });
}

function carryOut(asked: Ask, provisioner: Provisioner): Promise<unknown> {
  if (asked.verb === 'start') return provisioner.start(asked.spec);
  return asked.verb === 'stop' ? provisioner.stop(asked.id) : provisioner.list();
}

/** Asks the parent. */
export class ParentProvisioner implements Provisioner {
  readonly #waiting = new Map<number, (answer: { error?: string | undefined; value?: unknown }) => void>();
  #calls = 0;

  private constructor() {
    process.on('message', (said) => {
      const answer = answerSchema.safeParse(said).data?.provisioned;
      if (answer !== undefined) this.#waiting.get(answer.call)?.(answer);
    });
  }

  /** Undefined if the parent of this process starts nothing. */
  static ofThisProcess(): ParentProvisioner | undefined {
    const isChild = process.connected && process.env.TICKRAFT_STARTED_BY === CHILD.TICKRAFT_STARTED_BY;
    return isChild ? new ParentProvisioner() : undefined;
  }

  async start(spec: ReplicaSpec): Promise<void> {
    checkSpec(spec);
    await this.#ask({ verb: 'start', spec: { ...spec } });
  }

  async stop(id: string): Promise<void> {
    await this.#ask({ verb: 'stop', id });
  }

  async list(): Promise<readonly Provisioned[]> {
    return (await this.#ask({ verb: 'list' })) as readonly Provisioned[];
  }

  async #ask(asked: Without<Ask, 'call'>): Promise<unknown> {
    const call = ++this.#calls;
    const provision = { ...asked, call };
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        timer = setTimeout(() => reject(new Error('tickraft up did not answer')), ANSWER_MS);
        this.#waiting.set(call, ({ error, value }) => {
          if (error === undefined) resolve(value);
          else reject(new Error(error));
        });
        process.send!({ provision }, (error: Error | null) => error && reject(error));
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(call);
    }
  }
}
