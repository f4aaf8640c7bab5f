// The one binary. Each subcommand is a file beside this one.
#include <cstdio>
#include <string_view>

#include "app/commands.h"
#include "app/demo.h"

namespace {

constexpr const char* kUsage =
    "vitrine: live commerce on its own log\n"
    "\n"
    "  vitrine demo       a real shop's live show with simulated viewers\n"
    "  vitrine serve      the server: API and pages\n"
    "  vitrine verify     recount a log from its raw records\n"
    "  vitrine topology   the map of topics, operators and states (--json, --mermaid)\n"
    "  vitrine tail       print a topic's records as JSON lines\n"
    "  vitrine timeline   one customer's records over all topics\n"
    "  vitrine topic      what the log holds: list\n"
    "  vitrine state      what the engines remember: list, get, scan\n"
    "  vitrine model      versions of the models: list, add, shadow, promote, rollback\n"
    "  vitrine recommend  what other ways to choose the next best action would have earned: ope\n"
    "  vitrine dlq        records whose processing threw: list, show, replay\n"
    "  vitrine backup     a copy of the log; restore makes a log of it\n"
    "  vitrine restore    a log from a backup or savepoint\n"
    "  vitrine migrate    copies a log's topics to Apache Kafka, each record once\n"
    "  vitrine savepoint  named copies in the log's folder: list, create, remove\n"
    "  vitrine standby    another copy of a server's logs, kept as they grow\n"
    "  vitrine promote    makes a primary's folder of a standby's\n"
    "  vitrine standby-acks  whether a running server waits for its standby\n"
    "\n"
    "Each has --help.\n";

}  // namespace

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "demo") return vitrine::run_demo(argc - 1, argv + 1);
  if (command == "serve") return vitrine::run_serve(argc - 1, argv + 1);
  if (command == "verify") return vitrine::run_verify(argc - 1, argv + 1);
  if (command == "topology") return vitrine::run_topology(argc - 1, argv + 1);
  if (command == "tail") return vitrine::run_tail(argc - 1, argv + 1);
  if (command == "timeline") return vitrine::run_timeline(argc - 1, argv + 1);
  if (command == "topic") return vitrine::run_topic(argc - 1, argv + 1);
  if (command == "state") return vitrine::run_state(argc - 1, argv + 1);
  if (command == "model") return vitrine::run_model(argc - 1, argv + 1);
  if (command == "recommend") return vitrine::run_recommend(argc - 1, argv + 1);
  if (command == "dlq") return vitrine::run_dlq(argc - 1, argv + 1);
  if (command == "backup") return vitrine::run_backup(argc - 1, argv + 1);
  if (command == "restore") return vitrine::run_restore(argc - 1, argv + 1);
  if (command == "migrate") return vitrine::run_migrate(argc - 1, argv + 1);
  if (command == "savepoint") return vitrine::run_savepoint(argc - 1, argv + 1);
  if (command == "standby") return vitrine::run_standby(argc - 1, argv + 1);
  if (command == "promote") return vitrine::run_promote(argc - 1, argv + 1);
  if (command == "standby-acks") return vitrine::run_standby_acks(argc - 1, argv + 1);
  const bool asked = command == "--help" || command == "-h" || command == "help";
  std::fputs(kUsage, asked ? stdout : stderr);
  return asked ? 0 : 2;
}
