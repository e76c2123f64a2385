/**
 * The bar that shows which server this page uses, the state of the cluster, and its latest changes.
 */
import { memberWords } from '../../replication/failover/index.ts';
import type { ChatModel } from './model.ts';

export function ClusterBar({ model }: { model: ChatModel }) {
  const cluster = model.cluster.value;
  const { replicas, leader, changing } = cluster;
  const connection = model.connection.value;
  const serving = connection.status === 'connected' ? connection.server.id : undefined;
  return (
    <header class="bar">
      <span class="brand">
        <Logo /> Tickraft <span class="brand-chat">chat</span>
      </span>
      <ul class="replicas" aria-label="Replicas">
        {replicas.map(({ id, url }) => {
          const health = id === serving ? 'up' : (model.health.value.get(id) ?? 'unknown');
          // A replica that does not answer may have been the leader when last heard from.
          const leads = id === leader && health !== 'down';
          const member = memberWords(cluster, id);
          const roles = [leads && 'leader', member, id === serving && 'serves you'].filter(Boolean);
          return (
            <li
              key={id}
              class="replica"
              data-testid={`replica-${id}`}
              data-health={health}
              data-leader={leads}
              data-serving={id === serving}
              data-member={member}
              title={`${id} at ${url}: ${[health === 'down' ? 'does not answer' : health, ...roles].join(', ')}`}
            >
              <span class="dot" aria-hidden="true" />
              {id}
              {leads && (
                <span class="crown" data-testid="leader">
                  leader
                </span>
              )}
              {member && <span class="member">{member}</span>}
              <span class="for-readers">
                {health === 'down' ? ' does not answer' : ''}
                {id === serving ? ' serves you' : ''}
              </span>
            </li>
          );
        })}
      </ul>
      {changing?.outgoing !== undefined && (
        <p class="connection" role="status" data-testid="joint">
          members change: {listed(changing.outgoing)} and {listed(changing.voters)} both decide
        </p>
      )}
      <Connection model={model} />
      <a class="explorer" href="./explorer/">
        Explorer
      </a>
    </header>
  );
}

function listed(ids: readonly string[]): string {
  return ids.join(' ');
}

function Connection({ model }: { model: ChatModel }) {
  const state = model.connection.value;
  if (state.status === 'connected') {
    const { leader, leaderless } = model.cluster.value;
    const noLeader = leader === undefined && !leaderless;
    return (
      <p class="connection" data-testid="connection" data-status="connected">
        on{' '}
        <strong data-testid="served-by" title={state.server.url}>
          {state.server.id}
        </strong>
        {noLeader && <span class="warning"> · no leader</span>}
      </p>
    );
  }
  const lost = state.status === 'connecting' ? state.lost : undefined;
  return (
    <p class="connection warning" role="status" data-testid="connection" data-status={state.status}>
      {lost ? `${lost.server.id} ${lost.reason}, ` : ''}looking for a server …
    </p>
  );
}

function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="var(--accent)" />
      <circle cx="16" cy="16" r="9" fill="none" stroke="#fff" stroke-width="2.6" />
      <path d="M16 10.5V16l4 2.6" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" />
    </svg>
  );
}
