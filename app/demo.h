#pragma once
// `vitrine demo`: a real shop's live show, on one machine, from one command.
//
// A supervisor that owns three things: the server (a child: `vitrine serve --demo`), which it
// starts again when it dies; the simulated viewers (a child: `vitrine-driver`), which know the
// public API only; and the first steps of a shop (catalogue, stock, show), which it takes through
// the same API with the host's token. It never opens the log.
//
// What the server child is given, besides --bind, --port, --log, --copy, --roles, --data and --web:
//   --demo                  allows POST /demo/plug (SIGKILL to itself) and GET /demo/counters
//   --host-code-file PATH   where it writes two fresh one-time host codes, one a line, mode 0600,
//                           at every start and before the port answers: the supervisor takes the
//                           first, a person the second
//   --counters-file PATH    JSON {"acknowledged","found","lost","doubled"} kept by the driver
//   --restarts N            how often the server was started again, told with the counters
//
// A second start with the same --log goes on: its token, show and viewers are kept in <log>/demo.
// Exit codes: 0 ended as asked, 1 could not, 2 a wrong option.

namespace vitrine {

int run_demo(int argc, char** argv);  // argv[0] is "demo"

}  // namespace vitrine
