// Everything that the signed details say, the object of the action largest.

import type { Item, Status } from "../model/item.ts";
import type { Details } from "../protocol/details.ts";
import { timeOfDay } from "../words/time.ts";
import { inSentence, t } from "../words/words.ts";
import { actionName } from "../parts/action.ts";
import { Claimed, Fact, Moment } from "../parts/facts.tsx";
import { useInView } from "../parts/hooks.ts";
import { Notice } from "../parts/notice.tsx";
import { Parameters } from "../parts/parameters.tsx";
import { Said, Sentence } from "../parts/said.tsx";
import { Targets } from "../parts/targets.tsx";

/** Of a sign-in that is the account; of anything else, what is acted on. */
function objectOf({ action, username, target }: Details): string {
  return action === "sign_in" ? username : (target[0]?.name ?? username);
}

export function ObjectName({ details }: { readonly details: Details }) {
  const name = objectOf(details);
  const others = details.target.length - 1;
  if (details.action === "sign_in" || others < 1) return <Said text={name} />;
  return <Sentence of="phone.object.more" said={{ name, n: String(others) }} />;
}

const APPROVED: ReadonlySet<Status> = new Set<Status>(["approved", "executing", "executed", "failed", "unknown"]);

interface Props {
  readonly details: Details;
  /** There is still something to compare, and to decide. */
  readonly pending: boolean;
  readonly item: Item;
}

export function DetailsView({ details, pending, item }: Props) {
  const names = new Map(details.target.map(({ id, name }) => [id, name]));
  const signIn = details.action === "sign_in";
  // Of what was never carried out nothing follows.
  const counts = pending || APPROVED.has(item.status);
  return (
    <>
      <section class="object">
        {signIn && <p>{t(pending ? "phone.sign_in.asked" : "phone.sign_in.asked_then")}</p>}
        <p class={signIn ? "object-name huge" : "object-name"}>
          <ObjectName details={details} />
        </p>
        {!signIn && (
          <p>
            <Said text={details.summary} />
          </p>
        )}
      </section>
      {pending && details.action === "device.change" && <NewPhone details={details} />}
      {counts && details.consequence !== "" && (
        <Notice
          tone={details.kind === "management" ? "bad" : "accent"}
          icon={details.kind === "management" ? "triangle-alert" : "info"}
        >
          <p>
            <Said text={details.consequence} />
          </p>
        </Notice>
      )}
      {details.notices.length > 0 && <Notices details={details} pending={pending} />}
      <Asker details={details} item={item} />
      <Targets of={details.target} />
      <More title={t("phone.section.parameters")} of={details.parameters} names={names} />
      <More title={t("phone.section.more")} of={details.more} names={names} />
    </>
  );
}

/** The digits stand on the new phone too: the old one's owner is who can compare them. */
function NewPhone({ details }: { readonly details: Details }) {
  const shown = useInView<HTMLParagraphElement>(details.id);
  const digits = details.parameters["sas"];
  if (typeof digits !== "string") return null;
  return (
    <section class="card digits">
      <h2>{t("phone.change.compare")}</h2>
      <p class="sas" aria-label={[...digits].join(" ")} ref={shown}>
        <span>{digits.slice(0, 3)}</span>
        <span>{digits.slice(3)}</span>
      </p>
      <p>{t("phone.change.otherwise")}</p>
    </section>
  );
}

function Notices({ details, pending }: { readonly details: Details; readonly pending: boolean }) {
  const { action, notices } = details;
  return (
    <Notice tone="waiting" icon={action === "sign_in" ? "triangle-alert" : "info"}>
      <ul class="notices">
        {notices.map((notice) => (
          <li key={notice}>
            <Said text={notice.charAt(0).toLocaleUpperCase() + notice.slice(1)} />
          </li>
        ))}
      </ul>
      {pending && action === "sign_in" && <p>{t("phone.sign_in.only_there")}</p>}
    </Notice>
  );
}

/** "Sent 12:01:03 · opened 12:01:09", as the console shows it too. */
function delivery({ pushedAt, openedAt }: Item): string {
  const sent = pushedAt === null ? t("phone.delivery.unsent") : t("phone.delivery.sent", { time: timeOfDay(pushedAt) });
  return openedAt === null ? sent : `${sent} · ${t("phone.delivery.opened", { time: timeOfDay(openedAt) })}`;
}

function Asker({ details, item }: { readonly details: Details; readonly item: Item }) {
  return (
    <dl class="card facts">
      <Fact label="phone.fact.action">
        {t("phone.fact.action_of_kind", { kind: t(`kind.${details.kind}`), action: inSentence(actionName(details)) })}
      </Fact>
      <Fact label="phone.fact.username">
        <Said text={details.username} />
      </Fact>
      <Fact label="phone.fact.device_name">
        <Claimed text={details.deviceName} />
      </Fact>
      <Fact label="phone.fact.application">
        <Claimed text={details.application} />
      </Fact>
      <Fact label="phone.fact.ip">
        <Said text={details.ip} />
      </Fact>
      {details.reason !== "" && (
        <Fact label="phone.fact.reason">
          <span class="muted">{t("phone.fact.reason_of_asker")}</span> <Said text={details.reason} />
        </Fact>
      )}
      <Fact label="phone.fact.created_at">
        <Moment at={details.createdAt} />
      </Fact>
      <Fact label="phone.fact.expires_at">
        <Moment at={details.expiresAt} />
      </Fact>
      {(item.pushedAt ?? item.openedAt) !== null && (
        <Fact label="phone.fact.delivery">{delivery(item)}</Fact>
      )}
    </dl>
  );
}

function More({
  title,
  of,
  names,
}: {
  readonly title: string;
  readonly of: Details["parameters"];
  readonly names: ReadonlyMap<string, string>;
}) {
  if (Object.keys(of).length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <div class="card">
        <Parameters of={of} names={names} />
      </div>
    </section>
  );
}
