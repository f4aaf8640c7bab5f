#include <charconv>
#include <string_view>

#include "vitrine/run.h"

namespace vitrine {
namespace {

Result<void> set_output_mode(RunOptions& options, const std::string& value) {
  if (value == "complete") {
    options.output_mode = OutputMode::Complete;
  } else if (value == "update") {
    options.output_mode = OutputMode::Update;
  } else if (value == "none") {
    options.output_mode = OutputMode::None;
  } else {
    return fail(Code::Invalid, "--output-mode " + value + ": give complete, update or none");
  }
  return {};
}

Result<void> set_guarantee(RunOptions& options, const std::string& value) {
  if (value != "exactly-once" && value != "at-least-once")
    return fail(Code::Invalid, "--guarantee " + value + ": give exactly-once or at-least-once");
  options.guarantee = value == "exactly-once" ? Guarantee::ExactlyOnce : Guarantee::AtLeastOnce;
  return {};
}

Result<void> set(RunOptions& options, std::string_view name, const std::string& value) {
  if (name == "--log") {
    options.log = value;
  } else if (name == "--input") {
    options.input = value;
  } else if (name == "--input-id") {
    options.input_id = value;
  } else if (name == "--dump") {
    options.dump = value;
  } else if (name == "--progress") {
    options.progress = value;
  } else if (name == "--app-id") {
    options.app_id = value;
  } else if (name == "--state") {
    options.state = value;
  } else if (name == "--instance") {
    options.instance = value;
  } else if (name == "--plan") {
    if (value != "local" && value != "distributed")
      return fail(Code::Invalid, "--plan " + value + ": give local or distributed");
    options.distributed = value == "distributed";
  } else if (name == "--guarantee") {
    return set_guarantee(options, value);
  } else if (name == "--last-only") {
    options.last_only.push_back(value);
  } else if (name == "--kafka-config") {
    options.kafka_config = value;
  } else if (name == "--linger-ms") {
    std::int64_t millis = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), millis);
    if (error != std::errc{} || end != value.data() + value.size() || millis < 0)
      return fail(Code::Invalid, "--linger-ms " + value + ": give a number of milliseconds");
    options.linger = Duration{millis};
  } else if (name == "--shards") {
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), options.shards);
    if (error != std::errc{} || end != value.data() + value.size() || options.shards == 0)
      return fail(Code::Invalid, "--shards " + value + ": give a power of two");
  } else if (name == "--checkpoint-deltas") {
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), options.checkpoint_deltas);
    if (error != std::errc{} || end != value.data() + value.size() ||
        options.checkpoint_deltas == 0) {
      return fail(Code::Invalid, "--checkpoint-deltas " + value + ": give a number above zero");
    }
  } else if (name == "--output-mode") {
    return set_output_mode(options, value);
  } else {
    return fail(Code::Invalid, "there is no option " + std::string(name) + "; see --help");
  }
  return {};
}

}  // namespace

Result<RunOptions> RunOptions::from_args(int argc, char** argv) {
  RunOptions options;
  if (argc > 0) options.program = argv[0];
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    if (arg == "--help" || arg == "-h") {
      options.help = true;
    } else if (arg == "--until-now") {
      options.until_now = true;
    } else if (arg == "--skip-expired") {
      options.skip_expired = true;
    } else if (arg == "--standby") {
      options.stands_by = true;
    } else if (arg == "--again") {
      options.again = true;
    } else if (arg == "--describe") {
      options.describe = true;
    } else if (const auto equals = arg.find('='); equals != arg.npos && arg.starts_with("--")) {
      VT_TRY_VOID(set(options, arg.substr(0, equals), std::string(arg.substr(equals + 1))));
    } else if (i + 1 < argc && arg.starts_with("--")) {
      VT_TRY_VOID(set(options, arg, argv[++i]));
    } else {
      return fail(Code::Invalid,
                  std::string(arg) + ": an option without its value, or no option; see --help");
    }
  }
  return options;
}

std::string usage(const std::string& program) {
  return "usage: " + program +
         R"( [--log DIR] [--input FILE|-] [--until-now] [--output-mode complete|update|none]
       [--shards N]

  --log DIR           the log; default ./var/log/<app>. One program at a time
  --input FILE|-      append its lines to the input topic. A file is followed as it grows, standard
                      input is read to its end
  --until-now         end when everything that is there has been worked through
  --output-mode       complete: after each commit the whole table, sorted by bytes, tables parted
                      by an empty line; update: only what changed. Lines are key<TAB>value. Commits
                      that come while a table is being printed share the next one
  --shards N          threads that share the work by key, a power of two; may differ each time
  --dump TOPIC        print the committed records of TOPIC as key<TAB>value, also beside a running
                      program, and end
  --describe          print the topology and end

On Kafka: --log kafka://HOST:PORT[,HOST:PORT...] reads and writes topics there; what was consumed,
state and outputs are one transaction. --input, --output-mode and --shards are not used there.

  --app-id NAME       the name that state, offsets and internal topics go by; default the app's
  --kafka-config FILE client settings as name=value lines (TLS, users); or VITRINE_KAFKA_CONFIG
  --plan P            local (default): one process owns all partitions, a hop to another key is a
                      call; distributed: processes share partitions, hops go through topics
  --instance NAME     distributed: this process's name, the same over its restarts
  --skip-expired      go on with what is left where records had expired before they were read
  --state DIR         state that does not fit into 256 MiB goes to disk there, and a restart reads
                      only the rest of the changelog; that is what lasts, so the folder may be
                      lost. Without it state stays in memory
  --standby           distributed, with --state: this process also keeps the state of what the
                      others own, as it is committed, so that it takes over without reading it back
  --linger-ms N       commits begin at least so far apart, unless an epoch is full; default 0
  --last-only TOPIC   of this output a commit writes only each key's last record, for outputs that
                      are tables; may be given for several
  --guarantee G       exactly-once (default); at-least-once: no transactions, readers see what is
                      written at once; what a crash interrupts is counted and written again

Exactly once: how many lines of a FILE were taken is kept in the log, in the same commit as their
effect. The same command after a crash goes on with the first line that is not in the log, and a
file that has grown goes on with its new lines. Standard input is taken as new, unless it has a
name:

  --input-id NAME     count lines under NAME instead of the file's path; with "-" too: whoever sends
                      the same lines again is heard from where the log ends
  --again             take the input from its first line, whatever was taken before

SIGTERM and SIGINT commit what was taken and end with status 0.
)";
}

}  // namespace vitrine
