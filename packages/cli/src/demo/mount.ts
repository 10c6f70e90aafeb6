/** The first mount whose path contains the address, or `otherwise`. */
export function mountOf<T>(url: string | undefined, mounts: Readonly<Record<string, T>>, otherwise: T): T {
  const [path = ""] = (url ?? "").split("?");
  const found = Object.entries(mounts).find(([under]) => path === under || path.startsWith(`${under}/`));
  return found === undefined ? otherwise : found[1];
}
