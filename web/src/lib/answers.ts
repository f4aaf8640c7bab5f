// The answers of a show as lines of its chat: each stands behind the message it answers, labelled,
// with its source. Somebody who asks what was answered already gets the same line behind her own
// message. Bounded as the server's snapshot is.
import type { Message } from "./chat.svelte";
import type { AnswerEvent, AnswersView, AnswerView } from "./types";

const kAnswersMax = 50;
const kAgainMax = 20;

export class Answers {
  private known = new Map<string, AnswerView>(); // by question
  private again = new Map<number, string>(); // number of an own message -> question

  put({ answers = [] }: AnswersView): void {
    this.known = new Map(answers.map((one) => [one.question, one]));
  }

  // True when a line changes.
  event({ answer, again }: AnswerEvent, isOwn: (number: number) => boolean): boolean {
    if (answer) {
      this.known.delete(answer.question);
      this.known.set(answer.question, answer);
      if (this.known.size > kAnswersMax) this.known.delete(this.known.keys().next().value!);
    }
    const asked = again && isOwn(again.number);
    if (asked) this.again.set(again.number, again.question);
    if (this.again.size > kAgainMax) this.again.delete(this.again.keys().next().value!);
    return Boolean(answer) || Boolean(asked);
  }

  // Behind messages from this number on.
  lines(from: number): Message[] {
    const out: Message[] = [];
    for (const answer of this.known.values())
      if ((answer.number ?? 0) >= from) out.push(line(answer, answer.number ?? 0, "answer"));
    for (const [number, question] of this.again) {
      const answer = this.known.get(question);
      if (answer && number >= from && number !== answer.number)
        out.push(line(answer, number, `again-${number}`));
    }
    return out;
  }
}

function line(answer: AnswerView, number: number, kind: string): Message {
  const role = answer.by_assistant ? "assistant" : "host";
  return {
    id: `${kind}:${answer.question}`, author: role, role, number, own: false,
    nickname: answer.by_assistant ? "Assistant" : "Host", text: answer.text ?? "",
    state: answer.withdrawn ? "withdrawn" : "sent", from: answer.from,
    shop_position: answer.shop_position, answers: number,
  };
}
