// What the models tell of a show: a snapshot, then each change. The order is the server's: open
// questions by people, then answered ones, newest first.
import type {
  AssistantFigures, AutoAction, AutopilotSet, ClearingSet, HostAlert, HotLead, InsightEvent,
  InsightsView, MoodTick, OfferFigures, QuestionView,
} from "./types";

const kQuestionsMax = 200;
const kAlertsMax = 20;
const kLeadsMax = 20;
const kActionsMax = 20;
const kMoodsMax = 120; // of a small chart: two minutes

function rank(one: QuestionView): [number, number, number] {
  const open = one.answered ? 1 : 0;
  return [open, open ? 0 : -(one.group.people ?? 0), -(one.group.last_ms ?? 0)];
}

function compare(a: QuestionView, b: QuestionView): number {
  const left = rank(a);
  const right = rank(b);
  const i = left.findIndex((value, at) => value !== right[at]);
  return i < 0 ? 0 : left[i]! - right[i]!;
}

export class Insights {
  questions = $state.raw<QuestionView[]>([]);
  alerts = $state.raw<HostAlert[]>([]); // newest first
  mood = $state.raw<MoodTick>({});
  assistant = $state.raw<AssistantFigures>({});
  moods = $state.raw<number[]>([]);
  offers = $state.raw<OfferFigures>({});
  clearing = $state.raw<ClearingSet[]>([]);
  leads = $state.raw<HotLead[]>([]); // newest first
  autopilot = $state.raw<AutopilotSet[]>([]);
  actions = $state.raw<AutoAction[]>([]); // newest first

  put(view: InsightsView): void {
    const { questions = [], alerts = [], mood = {}, assistant = {} } = view;
    const { offers = {}, clearing = [], leads = [], autopilot = [], actions = [] } = view;
    const moods = mood.at_ms ? [mood.score ?? 0] : [];
    Object.assign(this, {
      questions, alerts, mood, moods, assistant, offers, clearing, leads, autopilot, actions,
    });
  }

  event(event: InsightEvent): void {
    const { question, answered, dismissed, retracted, mood, alert, assistant } = event;
    const { offers, clearing_set, autopilot, action } = event;
    if (offers) this.offers = offers;
    if (event.lead) {
      const { lead } = event;
      const known = this.leads.some(({ id }) => id === lead.id);
      this.leads = known
        ? this.leads.map((one) => (one.id === lead.id ? lead : one))
        : [lead, ...this.leads].slice(0, kLeadsMax);
    }
    if (autopilot) {
      this.autopilot = this.autopilot.map((one) => (one.kind === autopilot.kind ? autopilot : one));
    }
    if (action) {
      const known = this.actions.some(({ id }) => id === action.id);
      this.actions = known
        ? this.actions.map((one) => (one.id === action.id ? action : one))
        : [action, ...this.actions].slice(0, kActionsMax);
    }
    if (clearing_set) {
      const others = this.clearing.filter(({ sku }) => sku !== clearing_set.sku);
      this.clearing = clearing_set.percent ? [...others, clearing_set] : others;
    }
    if (question) this.change(question.id, (known) => ({ ...known, group: question }));
    if (answered) this.change(answered.question, (known) => known && { ...known, answered });
    if (alert) {
      const others = this.alerts.filter(({ id }) => id !== alert.id);
      this.alerts = [alert, ...others].slice(0, kAlertsMax);
    }
    if (mood) {
      this.mood = mood;
      this.moods = [...this.moods, mood.score ?? 0].slice(-kMoodsMax);
    }
    if (retracted)
      this.change(retracted.question, (known) => known && { group: known.group });
    if (assistant) this.assistant = assistant;
    if (dismissed) this.change(dismissed.question, () => undefined);
  }

  private change(
    id: string,
    to: (known: QuestionView | undefined) => QuestionView | undefined,
  ): void {
    const known = this.questions.find(({ group }) => group.id === id);
    const next = to(known);
    const others = this.questions.filter((one) => one !== known);
    this.questions = (next ? [...others, next] : others).sort(compare).slice(0, kQuestionsMax);
  }
}
