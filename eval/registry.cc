#include "eval/task.h"
#include "eval/tasks.h"

namespace vitrine::eval {

const std::vector<Task>& tasks() {
  static const std::vector<Task> all = {
      {"spam", "SMS spam: F1 of the class spam", run_spam, choose_spam},
      {"toxicity", "toxic chat in matches: F1 of the class toxic, time of a message", run_toxicity,
       choose_toxicity},
      {"twitch", "sentiment of live chat: macro F1 beside the lexicon's", run_twitch,
       choose_twitch},
      {"alerts", "host alerts on planted incidents: recall, delay, false alarms", run_alerts,
       nullptr},
      {"irc", "which line of IRC answers which: F1 of the links", run_irc, choose_irc},
      {"faq", "questions of the chat: answered right, wrong, left to the host", run_faq,
       choose_faq},
      {"sessions", "the next product of a shop's visitor: HR@20, MRR@20, time of a decision",
       run_sessions, choose_sessions},
      {"leads", "who will subscribe, through a crisis: AUC online and frozen", run_leads,
       choose_leads},
      {"bandit", "IPS, SNIPS and DR: do they cover the other policy's click rate", run_bandit,
       nullptr},
  };
  return all;
}

}  // namespace vitrine::eval
