// What the host console knows. As on the viewer page: HTTP at the start, the live line afterwards;
// every action is one call whose refusal is shown where it was asked for.
import { Problem, call, newKey } from "../lib/api";
import { ChatLog } from "../lib/chat.svelte";
import { clock } from "../lib/clock";
import { Keeper } from "../lib/identity.svelte";
import { Insights } from "../lib/insights.svelte";
import { Moderation } from "../lib/moderation.svelte";
import { LiveLine, type LineState } from "../lib/socket";
import type {
  AssistantMode, InsightEvent, InsightsView, ModerationEvent, ModerationView, Money, ModeratorLink,
  Order, OrderList, Poll, ProductList, ProductView, ShopFaq, ShowEvent, ShowKpis, ShowList,
  ShowState, ShowView, StockChange,
} from "../lib/types";

const kAgesMax = 2_000;
const kPointsMax = 120; // of a small chart: half a minute at four a second
const kOrdersMax = 50;

export class ConsoleModel {
  readonly keeper = new Keeper("vitrine.host");
  readonly chat = new ChatLog(() => this.keeper.identity?.id);
  readonly insights = new Insights();
  readonly moderation = new Moderation(() => this.keeper.token);
  readonly line: LiveLine;
  readonly kpi_ages_ms: number[] = []; // commit to paint, by the server's clock

  phase = $state<"loading" | "signed-out" | "ready" | "failed">("loading");
  problem = $state.raw<unknown>();
  shows = $state.raw<ShowView[]>([]);
  show = $state.raw<ShowView>();
  products = $state<Record<string, ProductView>>({});
  poll = $state.raw<Poll>();
  orders = $state.raw<Order[]>([]);
  kpis = $state.raw<ShowKpis>({});
  history = $state.raw<Record<string, number[]>>({});
  kpis_at_ms = $state(0);
  age_ms = $state(0);
  line_state = $state<LineState>("connecting");
  outage_ms = $state(0);

  private leave: (() => void)[] = [];

  constructor() {
    this.line = new LiveLine({
      token: () => this.keeper.token,
      changed: (state) => {
        this.line_state = state;
        this.outage_ms = this.line.outage_ms;
      },
      unauthenticated: async () => {
        this.signOut();
        throw new Error("signed out");
      },
    });
  }

  async start(): Promise<void> {
    try {
      await this.keeper.redeem("host", "code");
    } catch (error) {
      this.problem = error;
    }
    if (!this.keeper.token) {
      this.phase = "signed-out";
      return;
    }
    await this.load();
  }

  async load(): Promise<void> {
    this.phase = "loading";
    try {
      await this.readShows();
      await this.readProducts();
      const shop = this.shows[0]?.shop;
      const rank = ["live", "paused", "scheduled", "draft", "ended"];
      const [best] = [...this.shows].sort((a, b) => rank.indexOf(a.state) - rank.indexOf(b.state));
      if (shop) this.enterShop(shop);
      if (best) this.choose(best);
      this.line.start();
      this.phase = "ready";
    } catch (error) {
      this.problem = error;
      if (error instanceof Problem && error.status === 401) this.signOut();
      else this.phase = "failed";
    }
  }

  signOut(): void {
    this.keeper.forget();
    this.line.close();
    this.phase = "signed-out";
  }

  async readShows(): Promise<void> {
    this.shows = (await call<ShowList>("/v1/store/shows")).items ?? [];
  }

  choose(show: ShowView): void {
    for (const leave of this.leave) leave();
    Object.assign(this, { show, poll: show.poll, kpis: {}, history: {} });
    const { id } = show;
    this.leave = [
      this.line.subscribe<ShowView, ShowEvent>(`show.timeline:${id}`, {
        snapshot: (view) => this.put(view),
        event: (event) => this.timeline(event),
      }),
      this.line.subscribe(`show.chat:${id}`, { event: (event: object) => this.chat.event(event) }),
      this.line.subscribe<ShowKpis, ShowKpis>(`show.kpis:${id}`, {
        snapshot: (kpis) => this.putKpis(kpis, kpis.at_ms || clock.now(), false),
        event: (kpis, at_ms) => this.putKpis(kpis, at_ms, true),
      }),
      this.line.subscribe<InsightsView, InsightEvent>(`show.insights:${id}`, {
        snapshot: (view) => this.insights.put(view),
        event: (event) => this.insights.event(event),
      }),
      this.line.subscribe<ModerationView, ModerationEvent>(`show.moderation:${id}`, {
        snapshot: (view) => this.moderation.put(id, view),
        event: (event) => this.moderation.event(event),
      }),
    ];
  }

  call<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<T> {
    const keyed = method === "POST" || path.endsWith("/stock");
    return call<T>(`/v1/host/${path}`, {
      method, body, token: this.keeper.token, ...(keyed ? { key: newKey() } : {}),
    });
  }

  async create(title: string, host_name: string): Promise<void> {
    const show = await this.call<ShowView>("POST", "shows", { title, host_name });
    await this.readShows();
    this.choose(show);
  }

  async move(to: ShowState, starts_at_ms?: number): Promise<void> {
    const body = starts_at_ms ? { to, starts_at_ms } : { to };
    this.put(await this.call<ShowView>("POST", `shows/${this.show!.id}/state`, body));
  }

  async pin(sku: string): Promise<void> {
    const body = { media_time_ms: Math.round(clock.now()) };
    this.put(await this.call<ShowView>("PUT", `shows/${this.show!.id}/pins/${sku}`, body));
  }

  async unpin(sku: string): Promise<void> {
    const body = { media_time_ms: Math.round(clock.now()) };
    this.put(await this.call<ShowView>("DELETE", `shows/${this.show!.id}/pins/${sku}`, body));
  }

  async setStock(sku: string, on_hand: number): Promise<void> {
    const path = `products/${encodeURIComponent(sku)}/stock`;
    this.products[sku] = await this.call<ProductView>("PUT", path, { on_hand });
  }

  async setPrice(sku: string, price: Money): Promise<void> {
    const path = `products/${encodeURIComponent(sku)}/price`;
    this.products[sku] = await this.call<ProductView>("PUT", path, { price });
  }

  async openPoll(question: string, answers: string[]): Promise<void> {
    const path = `shows/${this.show!.id}/polls`;
    this.poll = await this.call<Poll>("POST", path, { question, answers });
  }

  async closePoll(): Promise<void> {
    const path = `shows/${this.show!.id}/polls/${this.poll!.id}/close`;
    this.poll = await this.call<Poll>("POST", path);
  }

  async removeMessage(message: string): Promise<void> {
    const path = `shows/${this.show!.id}/chat/${message}/remove`;
    await this.call("POST", path, { reason: "removed by the host" });
  }

  async answerQuestion(question: string, text: string): Promise<void> {
    await this.call("POST", `shows/${this.show!.id}/questions/${question}/answer`, { text });
  }

  async dismissQuestion(question: string): Promise<void> {
    await this.call("POST", `shows/${this.show!.id}/questions/${question}/dismiss`);
  }

  async contactLead(lead: string): Promise<void> {
    await this.call("POST", `shows/${this.show!.id}/leads/${encodeURIComponent(lead)}/contact`);
  }

  async clearStock(sku: string, percent: number): Promise<void> {
    const path = `shows/${this.show!.id}/clearing/${encodeURIComponent(sku)}`;
    await this.call("PUT", path, { percent });
  }

  async retractAnswer(question: string): Promise<void> {
    await this.call("POST", `shows/${this.show!.id}/questions/${question}/retract`);
  }

  async setAssistant(mode: AssistantMode): Promise<void> {
    await this.call("PUT", `shows/${this.show!.id}/assistant`, { mode });
  }

  readFaq(): Promise<ShopFaq> {
    return call<ShopFaq>("/v1/store/faq");
  }

  saveFaq(faq: ShopFaq): Promise<ShopFaq> {
    return this.call<ShopFaq>("PUT", "faq", faq);
  }

  async setAutopilot(kind: string, on: boolean, veto_s?: number): Promise<void> {
    await this.call("PUT", `shows/${this.show!.id}/autopilot/${kind}`, { on, veto_s });
  }

  async vetoAction(action: string): Promise<void> {
    await this.call("POST", `shows/${this.show!.id}/actions/${action}/veto`);
  }

  async undoAction(action: string): Promise<void> {
    await this.call("POST", `shows/${this.show!.id}/actions/${action}/undo`);
  }

  async moderatorLink(nickname: string): Promise<string> {
    const { code } = await this.call<ModeratorLink>("POST", "moderators", { nickname });
    return `${location.origin}/#mod=${code}`;
  }

  private async readProducts(): Promise<void> {
    let cursor = "";
    do {
      const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
      const page = await call<ProductList>(`/v1/store/products?limit=200${more}`);
      for (const item of page.items ?? []) this.products[item.product.sku] = item;
      cursor = page.next_cursor ?? "";
    } while (cursor);
  }

  private enterShop(shop: string): void {
    this.line.subscribe<ProductList, StockChange>(`shop.stock:${shop}`, {
      snapshot: ({ items = [] }) => {
        for (const item of items) this.products[item.product.sku] = item;
      },
      event: (change) => this.stock(change),
    });
    this.line.subscribe<OrderList, Order>(`shop.orders:${shop}`, {
      snapshot: ({ items = [] }) => (this.orders = items),
      event: (order) => {
        const others = this.orders.filter(({ id }) => id !== order.id);
        this.orders = [order, ...others].slice(0, kOrdersMax);
      },
    });
  }

  private put(show: ShowView): void {
    if (show.id !== this.show?.id) return;
    this.show = show;
    if (show.poll?.id) this.poll = show.poll;
    this.shows = this.shows.map((other) => (other.id === show.id ? show : other));
  }

  private stock({ sku, available = 0, price, product }: StockChange): void {
    const known = this.products[sku];
    const next = product ?? known?.product;
    if (!next) return;
    const on_hand = known?.on_hand;
    this.products[sku] = {
      product: price ? { ...next, price } : next,
      available,
      ...(on_hand === undefined ? {} : { on_hand }),
    };
  }

  private timeline(event: ShowEvent): void {
    if (!this.show) return;
    const change = event.pinned ?? event.unpinned;
    if (event.state_changed) this.put({ ...this.show, state: event.state_changed.after });
    if (change) this.put({ ...this.show, pins: change.pins ?? [] });
    const poll = event.poll_opened?.poll ?? event.vote_counted?.poll ?? event.poll_closed?.poll;
    if (poll) this.poll = poll;
  }

  private putKpis(kpis: ShowKpis, at_ms: number, measured: boolean): void {
    this.kpis = kpis;
    this.kpis_at_ms = at_ms;
    const points = (name: string, value: number | undefined) =>
      [...(this.history[name] ?? []), value ?? 0].slice(-kPointsMax);
    this.history = {
      viewers_now: points("viewers_now", kpis.viewers_now),
      messages_per_minute: points("messages_per_minute", kpis.messages_per_minute),
      reactions_per_minute: points("reactions_per_minute", kpis.reactions_per_minute),
      orders: points("orders", kpis.orders),
      revenue: points("revenue", kpis.revenue?.[0]?.amount),
      adds_to_cart: points("adds_to_cart", kpis.adds_to_cart),
    };
    if (!measured || document.hidden) return;
    // Painted: the frame after this one has begun.
    requestAnimationFrame(() =>
      setTimeout(() => {
        this.age_ms = Math.max(0, clock.now() - at_ms);
        this.kpi_ages_ms.push(clock.now() - at_ms);
        if (this.kpi_ages_ms.length > kAgesMax) this.kpi_ages_ms.shift();
      }),
    );
  }
}
