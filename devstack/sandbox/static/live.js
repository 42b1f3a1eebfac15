export async function read(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

/** Null when it worked, else the server's reason (empty when it could not be reached). */
export async function post(address, values) {
  try {
    const answer = await fetch(address, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(values),
    });
    return answer.ok ? null : (await answer.json()).error;
  } catch {
    return "";
  }
}

/** Server-sent events of one chat; a hidden tab lets go, since a browser has few connections. */
export class Live {
  constructor(take, online) {
    this.take = take;
    this.online = online;
    this.source = null;
    this.user = 0;
    this.cursor = 0;
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.close();
      else if (this.user && !this.source) this.open();
    });
  }

  follow(user, cursor) {
    this.user = user;
    this.cursor = cursor;
    if (!document.hidden) this.open();
  }

  stop() {
    this.user = 0;
    this.close();
  }

  close() {
    if (this.source) this.source.close();
    this.source = null;
  }

  open() {
    this.close();
    const source = new EventSource(`/app/stream?user=${this.user}&after=${this.cursor}`);
    this.source = source;
    source.onopen = () => this.online(true);
    source.onmessage = (message) => {
      const event = JSON.parse(message.data);
      this.cursor = event.cursor;
      this.take(event);
    };
    source.onerror = () => {
      this.online(false);
      // A browser gives up for good when the server answers with an error while it starts again.
      if (source.readyState === EventSource.CLOSED && this.source === source) {
        this.source = null;
        setTimeout(() => { if (this.user && !this.source && !document.hidden) this.open(); }, 1000);
      }
    };
  }
}
