/** Whether the service brings another page than this one: then this one makes room for it. */

/** Names under assets/ carry a hash of their content. */
const assetsIn = (html: string) => new Set(html.match(/assets\/[\w.-]+/g) ?? []);

export class Build {
  private readonly own: Set<string>;

  /** To be made before anything else is loaded: what stands in the page then is what the page was made of. */
  constructor() {
    this.own = assetsIn([...document.querySelectorAll("script[src], link[href]")].map((element) => element.outerHTML).join(" "));
  }

  async hasChanged(): Promise<boolean> {
    const response = await fetch(location.pathname, { cache: "no-store", headers: { accept: "text/html" } });
    if (!response.ok) return false;
    const assets = [...assetsIn(await response.text())];
    return assets.length > 0 && assets.some((name) => !this.own.has(name));
  }
}
