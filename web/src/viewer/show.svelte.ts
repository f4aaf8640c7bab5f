// Everything the viewer page knows about the show it watches, fed by HTTP at the start and by the
// live line afterwards. Components read it; nothing here touches the page.
import { Problem, call } from "../lib/api";
import { ChatLog } from "../lib/chat.svelte";
import { clock } from "../lib/clock";
import { Keeper } from "../lib/identity.svelte";
import { Moderation } from "../lib/moderation.svelte";
import { PinSchedule } from "../lib/pins";
import { LiveLine, type LineState } from "../lib/socket";
import type {
  AnswerEvent, AnswersView, CartView, ChatPage, ModerationEvent, ModerationView, NextAction, Order,
  OrderList, Poll, ProductList, ProductView, ReactionTick, ShowEvent, ShowList, ShowView,
  StockChange, ViewerOffers,
} from "../lib/types";
import { PlayerLink } from "./player_link";

const kChatPageFresh_ms = 60_000;
const kLookAgain_ms = 10_000;

export class ShowModel {
  readonly keeper = new Keeper("vitrine.viewer");
  readonly player = new PlayerLink();
  readonly chat = new ChatLog(() => this.keeper.identity?.id);
  readonly moderation = new Moderation(() => this.keeper.token);
  readonly pins: PinSchedule;
  readonly line: LiveLine;

  show = $state.raw<ShowView>();
  problem = $state.raw<unknown>();
  products = $state<Record<string, ProductView>>({});
  pinned = $state.raw<string[]>([]);
  poll = $state.raw<Poll>();
  viewers = $state(0);
  totals = $state.raw<Record<string, number>>({});
  cart = $state.raw<CartView>({});
  orders = $state.raw<Order[]>([]);
  offers = $state.raw<ViewerOffers>({});
  action = $state.raw<NextAction>();
  line_state = $state<LineState>("connecting");
  outage_ms = $state(0);

  onreactions: (counts: Record<string, number>) => void = () => {};
  onorder: (order: Order) => void = () => {};

  constructor() {
    this.pins = new PinSchedule(
      { playing_ms: () => this.player.playing_ms(), server_ms: () => clock.now() },
      ({ pins }) => (this.pinned = pins),
    );
    setInterval(() => this.pins.tick(), 50);
    this.line = new LiveLine({
      token: () => this.keeper.token,
      changed: (state) => {
        this.line_state = state;
        this.outage_ms = this.line.outage_ms;
      },
      unauthenticated: () => this.rejoin(),
    });
  }

  // What anyone may see without a name: the page is full before somebody has joined.
  async load(): Promise<void> {
    try {
      await this.keeper.redeem("moderator", "mod");
      const show = await this.find();
      const [products, chat, answers] = await Promise.all([
        call<ProductList>("/v1/store/products?limit=200"),
        call<ChatPage>(`/v1/store/shows/${show.id}/chat?cursor=newest&limit=50`)
          .catch(() => ({}) as ChatPage),
        call<AnswersView>(`/v1/store/shows/${show.id}/answers`).catch(() => ({}) as AnswersView),
      ]);
      this.putProducts(products.items ?? []);
      this.put(show);
      this.problem = undefined;
      for (const { posted } of chat.items ?? []) if (posted) this.chat.add(posted);
      this.chat.putAnswers(answers);
      this.chat_page = { cursor: chat.next_cursor, loaded_at: Date.now() };
      if (this.keeper.token) this.enter();
    } catch (error) {
      this.problem = error;
    }
  }

  async join(nickname: string): Promise<void> {
    await this.keeper.join(nickname);
    this.enter();
  }

  get stream(): string {
    return this.show ? this.show.video || `/media/${this.show.id}/live.m3u8` : "";
  }

  get shop(): string {
    return this.show?.shop ?? "";
  }

  private async find(): Promise<ShowView> {
    const wanted = new URLSearchParams(location.search).get("show");
    if (wanted) return call<ShowView>(`/v1/store/shows/${encodeURIComponent(wanted)}`);
    const { items = [] } = await call<ShowList>("/v1/store/shows");
    const order = ["live", "paused", "scheduled", "ended", "draft"];
    const best = [...items].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state))[0];
    if (!best) throw new Problem({ status: 404, code: "no-show", title: "No show yet" });
    return best;
  }

  private entered = false;
  private enter(): void {
    if (this.entered || !this.show) return;
    this.entered = true;
    const { id } = this.show;
    this.line.watch(id);
    this.line.subscribe<ShowView, ShowEvent>(`show.timeline:${id}`, {
      snapshot: (show) => this.put(show),
      event: (event) => this.timeline(event),
    });
    this.enterChat(id);
    this.line.subscribe<ReactionTick, ReactionTick>(`show.reactions:${id}`, {
      snapshot: (tick) => this.reactions(tick),
      event: (tick) => this.reactions(tick),
    });
    const audience = ({ viewers_now = 0 }) => (this.viewers = viewers_now);
    this.line.subscribe(`show.audience:${id}`, { snapshot: audience, event: audience });
    this.line.subscribe<ProductList, StockChange>(`shop.stock:${this.shop}`, {
      snapshot: ({ items = [] }) => this.putProducts(items),
      event: (change) => this.stock(change),
    });
    if (this.keeper.identity?.role === "viewer") this.enterOwn(id);
    if (this.keeper.identity?.role === "moderator") this.enterDesk(id);
    this.line.start();
  }

  // The chat goes on where the page that was loaded ended; after a long look through the window it
  // begins anew with the newest messages.
  private enterChat(show: string): void {
    const { cursor, loaded_at } = this.chat_page;
    const fresh = Date.now() - loaded_at < kChatPageFresh_ms;
    if (!fresh) this.chat.clear();
    const handlers = { event: (event: object) => this.chat.event(event) };
    this.line.subscribe(`show.chat:${show}`, handlers, fresh ? cursor : undefined);
    this.line.subscribe<AnswersView, AnswerEvent>(`show.answers:${show}`, {
      snapshot: (view) => this.chat.putAnswers(view),
      event: (event) => this.chat.answered(event),
    });
  }
  private chat_page: { cursor?: string; loaded_at: number } = { loaded_at: 0 };

  private enterDesk(show: string): void {
    this.line.subscribe<ModerationView, ModerationEvent>(`show.moderation:${show}`, {
      snapshot: (view) => this.moderation.put(show, view),
      event: (event) => this.moderation.event(event),
    });
  }

  // A moderator watches and writes, but has no cart.
  private enterOwn(show: string): void {
    const offers = (offers: ViewerOffers) => {
      this.offers = offers;
      if (offers.action) this.action = offers.action;
    };
    this.line.subscribe(`viewer.offers:${show}`, { snapshot: offers, event: offers });
    const cart = (cart: CartView) => this.putCart(cart);
    this.line.subscribe("viewer.cart", { snapshot: cart, event: cart });
    this.line.subscribe<OrderList, Order>("viewer.orders", {
      snapshot: ({ items = [] }) => (this.orders = items),
      event: (order) => this.putOrder(order),
    });
  }

  // The token has run out or the shop was set up anew: the same nickname, a new guest.
  private async rejoin(): Promise<void> {
    await this.keeper.join(this.keeper.identity?.nickname || "Guest");
  }

  private put(show: ShowView): void {
    this.show = show;
    this.poll = show.poll?.id ? show.poll : undefined;
    this.pins.replace(show.pins ?? []);
  }

  private putProducts(items: ProductView[]): void {
    for (const item of items) this.products[item.product.sku] = item;
  }

  private stock({ sku, available, price, product }: StockChange): void {
    const known = this.products[sku];
    const next = product ?? known?.product;
    if (!next) return;
    this.products[sku] = {
      ...known,
      product: price ? { ...next, price } : next,
      available: available ?? 0,
    };
  }

  private timeline(event: ShowEvent): void {
    if (!this.show) return;
    const change = event.pinned ?? event.unpinned;
    if (event.state_changed) this.show = { ...this.show, state: event.state_changed.after };
    if (change) {
      this.pins.add({ pins: change.pins ?? [], media_time_ms: change.media_time_ms ?? 0 });
    }
    const poll = event.poll_opened?.poll ?? event.vote_counted?.poll ?? event.poll_closed?.poll;
    if (poll) this.poll = poll;
  }

  private reactions(tick: ReactionTick): void {
    if (tick.totals) this.totals = tick.totals;
    if (tick.counts) this.onreactions(tick.counts);
  }

  // What she looks at is what her offers follow. Nobody waits for it, and a lost look is no loss.
  look(sku: string): void {
    const now = Date.now();
    const { sku: last, at } = this.looked;
    if (!this.show || this.keeper.identity?.role !== "viewer") return;
    if (sku === last && now - at < kLookAgain_ms) return;
    this.looked = { sku, at: now };
    call(`/v1/store/shows/${this.show.id}/views`, {
      method: "POST", token: this.keeper.token, body: { sku },
    }).catch(() => {});
  }
  private looked = { sku: "", at: 0 };

  putCart(cart: CartView): void {
    if ((cart.version ?? 0) >= (this.cart.version ?? 0)) this.cart = cart;
  }

  putOrder(order: Order): void {
    const others = this.orders.filter(({ id }) => id !== order.id);
    const known = this.orders.find(({ id }) => id === order.id);
    // Answers by HTTP and by the line may cross: a settled order never goes back to pending.
    if (known && known.status !== "pending" && order.status === "pending") return;
    this.orders = [order, ...others].sort((a, b) => (b.placed_at_ms ?? 0) - (a.placed_at_ms ?? 0));
    this.onorder(order);
  }
}
