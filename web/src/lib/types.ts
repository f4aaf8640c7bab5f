// The messages of commerce/model/proto as they travel in JSON: snake_case, integers as numbers,
// absent means default. Only what the pages read is named here.

export interface Money { amount?: number; currency: string }
export interface Product {
  sku: string; title: string; description?: string; category?: string;
  price: Money; image?: string;
}
export interface ProductView { product: Product; available?: number; on_hand?: number }
export interface ProductList { items?: ProductView[]; next_cursor?: string; as_of?: string }

export type ShowState = "draft" | "scheduled" | "live" | "paused" | "ended";
export interface Poll {
  id: string; question: string; answers: string[]; votes?: number[]; open?: boolean;
}
export interface ShowView {
  id: string; shop: string; title: string; host_name?: string; state: ShowState;
  starts_at_ms?: number; pins?: string[]; poll?: Poll; video?: string; as_of?: string;
}
export interface ShowList { items?: ShowView[]; next_cursor?: string }

export interface ShowEvent {
  state_changed?: { before?: ShowState; after: ShowState; starts_at_ms?: number };
  pinned?: { sku: string; media_time_ms?: number; pins?: string[] };
  unpinned?: { sku: string; media_time_ms?: number; pins?: string[] };
  poll_opened?: { poll: Poll };
  poll_closed?: { poll: Poll };
  vote_counted?: { poll: Poll; answer?: number };
}

export interface ChatPosted {
  id: string; author: string; nickname: string; role: string; text: string;
  media_time_ms?: number; number: number;
}
export interface ChatEvent {
  posted?: ChatPosted;
  removed?: { message: string; reason?: string };
}
export interface ChatPage {
  items?: { cursor: string; at_ms: number; posted: ChatPosted }[];
  next_cursor?: string;
}

export interface Line { sku: string; quantity: number; unit_price?: Money }
export interface CartView { lines?: Line[]; total?: Money; version?: number; as_of?: string }
export interface ReservationView {
  id: string; lines: Line[]; total: Money; expires_at_ms: number; as_of?: string;
}
export type OrderStatus = "pending" | "confirmed" | "rejected";
export interface Order {
  id: string; viewer?: string; show?: string; reservation?: string; lines?: Line[];
  total: Money; status: OrderStatus; payment?: string; placed_at_ms?: number; reason?: string;
}
export interface OrderList { items?: Order[]; next_cursor?: string; as_of?: string }

export interface StockChange { sku: string; available?: number; price?: Money; product?: Product }
export interface ReactionTick { counts?: Record<string, number>; totals?: Record<string, number> }

export interface ShowKpis {
  show?: string; at_ms?: number; viewers_now?: number; viewers_unique?: number;
  messages_per_minute?: number; reactions_per_minute?: number; messages?: number;
  reactions?: number; adds_to_cart?: number; orders?: number; revenue?: Money[];
  conversion?: number; buyers_unique?: number; units_sold?: number;
  stock?: { sku: string; available?: number }[]; shop_position?: number;
}

export interface QuestionGroup {
  id: string; text: string; people?: number; messages?: number; evidence?: number[]; sku?: string;
  topic?: string; first_ms?: number; last_ms?: number; why?: string;
  suggestion?: FoundAnswer; left?: string;
}
export interface FoundAnswer {
  text: string; source: string; from: string; shop_position?: number; why?: string;
}
export interface QuestionAnswered {
  question: string; text: string; source?: string; by_assistant?: boolean; people?: number;
  why?: string; from?: string; shop_position?: number;
}
// What the shop says; `sku`: of that product alone, `also`: other words, searched and never shown.
export interface FaqEntry { id: string; sku?: string; title: string; text: string; also?: string }
export interface ShopFaq { version?: number; entries?: FaqEntry[] }
export type AssistantMode = "off" | "suggest" | "auto";
export interface AssistantFigures {
  mode?: AssistantMode; chosen?: boolean; answered?: number; people?: number; suggested?: number;
  left?: number; retracted?: number; seconds_saved?: number; why?: string;
}
// What viewers see of an answer; `number` is that of the message it answers.
export interface AnswerView {
  question: string; text?: string; from?: string; by_assistant?: boolean; number?: number;
  at_ms?: number; withdrawn?: boolean; shop_position?: number;
}
export interface AnswersView { answers?: AnswerView[] }
export interface AnswerEvent { answer?: AnswerView; again?: { question: string; number: number } }
export interface QuestionView { group: QuestionGroup; answered?: QuestionAnswered }
export interface MoodTick {
  at_ms?: number; score?: number; usual?: number; messages?: number; positive?: number;
  negative?: number; terms?: string[]; why?: string;
}
export interface HostAlert {
  id: string; concern: string; about?: string; people?: number; first_ms?: number; at_ms?: number;
  evidence?: number[]; said?: string[]; over?: boolean; why?: string;
}
// What an alert does by itself, and whether it does in this show.
export interface AutopilotSet { kind: string; does: string; on?: boolean; veto_s?: number }
export interface AutoAction {
  id: string; kind: string; does: string; sku?: string; seconds?: number; deadline_ms?: number;
  state: "pending" | "vetoed" | "dropped" | "due" | "done" | "failed" | "undoing" | "undone";
  actor?: string; why?: string; ended_why?: string;
}
// What a viewer is offered; kind says by which way it was found, why says it in one sentence.
export interface OfferedItem {
  sku: string; kind: "similar" | "together" | "show" | "shop"; because?: string; support?: number;
  clearing?: boolean; why: string;
}
// Chosen for the viewer beyond the list; absent: nothing new.
export interface NextAction {
  id: string; action: "nothing" | "product" | "offer" | "question"; sku?: string; text?: string;
  why?: string;
}
export interface ViewerOffers {
  show?: string; items?: OfferedItem[]; with_cart?: OfferedItem[]; action?: NextAction;
}
export interface GroupFigures {
  viewers?: number; offered?: number; opened?: number; bought?: number; orders?: number;
  units?: number; amount?: Money;
}
export interface ActionFigures { action: string; chosen?: number; rewarded?: number }
export interface OfferFigures {
  at_ms?: number; shown?: GroupFigures; held_out?: GroupFigures; lift_known?: boolean;
  lift?: number; basket_lift?: number; sessions?: number; capped?: number; why?: string;
  actions?: ActionFigures[];
}
export interface HotLead {
  id: string; viewer: string; nickname?: string; at_ms?: number; chance?: number;
  signals?: string[]; contacted_ms?: number; bought_ms?: number; why?: string;
}
export interface ClearingSet { sku: string; percent?: number; why?: string }
export interface InsightsView {
  show?: string; questions?: QuestionView[]; mood?: MoodTick; alerts?: HostAlert[]; as_of?: string;
  offers?: OfferFigures; clearing?: ClearingSet[]; leads?: HotLead[];
  assistant?: AssistantFigures; autopilot?: AutopilotSet[]; actions?: AutoAction[];
}
export interface InsightEvent {
  question?: QuestionGroup; answered?: QuestionAnswered; dismissed?: { question: string };
  mood?: MoodTick; alert?: HostAlert; offers?: OfferFigures; clearing_set?: ClearingSet;
  lead?: HotLead; retracted?: { question: string }; assistant?: AssistantFigures;
  autopilot?: AutopilotSet; action?: AutoAction;
}

// What moderators see; rule and version say what decided, why in one sentence.
export interface ChatHeld {
  held: string; message: ChatPosted; rule: string; version?: number; why: string; at_ms?: number;
  strikes?: number;
}
export interface PersonActed {
  person: string; action: "mute" | "unmute" | "ban" | "shadow" | "pardon" | "strike";
  until_ms?: number;
  actor?: string; reason?: string; rule?: string; at_ms?: number;
}
export interface ModerationView {
  held?: ChatHeld[]; actions?: PersonActed[]; slow_mode_s?: number; decisions?: number;
}
export interface ModerationEvent {
  held?: ChatHeld; decided?: { held: string; released?: boolean; decisions?: number };
  acted?: PersonActed; slow_mode?: { seconds?: number };
}
export interface PersonView {
  person: string; nickname?: string; strikes?: number; muted_until_ms?: number;
  banned_until_ms?: number; shadow_until_ms?: number; actions?: PersonActed[];
  messages?: { id: string; text: string; at_ms?: number; state: string }[];
}

export interface Identity {
  id: string; role: "viewer" | "moderator" | "host"; nickname?: string;
  token: string; expires_at_ms: number;
}
export interface DemoCounters {
  acknowledged?: number; found?: number; lost?: number; doubled?: number; restarts?: number;
}

// An RFC 9457 problem with the members our closed list of types may carry.
export interface ProblemBody {
  type?: string; title?: string; status: number; detail?: string; code: string;
  trace_id?: string; retry_after?: number; errors?: { pointer: string; detail: string }[];
  price_before?: Money; price_now?: Money; stock?: { sku: string; available?: number }[];
  allowed?: string[];
}
export interface ModeratorLink { code: string; expires_at_ms?: number }
