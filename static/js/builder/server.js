/* Everything the builder asks of the server: JSON both ways, and of each kind of question only the last answer. */

export const page = JSON.parse(document.getElementById("builder-data").textContent);

export class Refused extends Error {
  constructor(status, body) {
    super(body?.detail ?? `The server answered ${status}.`);
    Object.assign(this, { status, body });
  }
}

export async function ask(address, { method = "GET", body, signal, keepalive } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = page.token;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(address, { method, headers, signal, keepalive, body: body && JSON.stringify(body) });
  const isJson = answer.headers.get("Content-Type")?.includes("json");
  const data = isJson ? await answer.json() : null;
  if (answer.redirected) throw new Refused(401, { detail: "You are logged out: log in again in another tab." });
  if (!answer.ok || !isJson) throw new Refused(answer.status, data);
  return data;
}

/** Asks so that a newer question drops the older: a promise of the answer, or of null once a newer one was asked. */
export function latest() {
  let running = null;
  const run = async (address, options = {}) => {
    run.stop();
    const mine = (running = new AbortController());
    try {
      const data = await ask(address, { ...options, signal: mine.signal });
      return running === mine ? data : null;
    } catch (error) {
      if (mine.signal.aborted || running !== mine) return null;
      throw error;
    }
  };
  run.stop = () => running?.abort();
  return run;
}

export function suggestions(kind, parameters) {
  const query = new URLSearchParams(Object.entries(parameters).flatMap(([key, value]) => [value ?? []].flat().map((one) => [key, one])));
  return `${page.urls[kind]}?${query}`;
}
