#pragma once
// The tasks' functions, one pair a task; see task.h.
#include "eval/task.h"

namespace vitrine::eval {

Result<Figures> run_spam(const Options& options);
Result<void> choose_spam(const Options& options);
Result<Figures> run_toxicity(const Options& options);
Result<void> choose_toxicity(const Options& options);
Result<Figures> run_twitch(const Options& options);
Result<void> choose_twitch(const Options& options);
Result<Figures> run_alerts(const Options& options);
Result<Figures> run_irc(const Options& options);
Result<void> choose_irc(const Options& options);
Result<Figures> run_faq(const Options& options);
Result<void> choose_faq(const Options& options);
Result<Figures> run_sessions(const Options& options);
Result<void> choose_sessions(const Options& options);
Result<Figures> run_leads(const Options& options);
Result<void> choose_leads(const Options& options);
Result<Figures> run_bandit(const Options& options);

}  // namespace vitrine::eval
