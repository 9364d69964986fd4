import type { AppDescription, Attended } from "../description.ts";

/** Whether the application has checks or triggers of the pill's own, which need a PillHost. */
export function needsRuby(app: AppDescription): boolean {
  return customsIn([app]) !== "";
}

/** Which checks and triggers of its own a pill has, with their numbers: two that are equal understand the same questions. */
export function customsIn(apps: readonly AppDescription[]): string {
  const lines = apps.flatMap((app) =>
    app.processes.flatMap((process) => {
      const name = [app.name, process.group ?? "", process.name].join(":");
      const children = process.children ? customsOf(`${name}:children`, process.children) : [];
      return [...customsOf(name, process), ...children];
    }),
  );
  return lines.join("\n");
}

function customsOf(whose: string, { checks, triggers }: Attended): readonly string[] {
  const own = checks.flatMap(({ name, kind }) => (kind.type === "custom" ? [[kind.id, name]] : []));
  const all = [...own, ...triggers.map(({ id, name }) => [id, name])];
  return all.map(([id, name]) => `${id} ${name} of ${whose}`);
}
