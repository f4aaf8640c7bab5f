// `vitrine state list|get|scan`: what an engine remembers, from its files, also while it runs.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/commands.h"
#include "app/engine_folders.h"
#include "app/time_text.h"
#include "app/value_text.h"
#include "streams/topology/scoped_row.h"
#include "vitrine/state_files.h"
#include "vitrine/state_past.h"

namespace vitrine {
namespace {

struct StateOptions {
  std::string log = "./var/log";
  std::string store, key, from, to, prefix, as_of;
  std::vector<std::string> copies;
  std::size_t limit = 1'000;
};

struct Found {
  EngineFolder folder;
  std::string key_type, value_type;
};

Result<Found> find_store(const StateOptions& options) {
  VT_TRY(const auto folders, engine_folders(real_env().disk, options.log));
  for (const EngineFolder& folder : folders) {
    for (const std::string& line : StateFiles(real_env().disk, folder.path).state_types()) {
      const auto first = line.find('|'), second = line.find('|', first + 1);
      if (line.substr(0, first) != options.store) continue;
      return Found{folder, line.substr(first + 1, second - first - 1), line.substr(second + 1)};
    }
  }
  return fail(Code::NotFound,
              "there is no state " + options.store + " in " + options.log +
                  "; `vitrine state list --log " + options.log + "` lists them");
}

Result<void> list(const StateOptions& options) {
  VT_TRY(const auto folders, engine_folders(real_env().disk, options.log));
  for (const EngineFolder& folder : folders) {
    for (const std::string& line : StateFiles(real_env().disk, folder.path).state_types()) {
      const auto first = line.find('|'), second = line.find('|', first + 1);
      std::printf("%-10s %-28s %s -> %s\n", folder.name.c_str(), line.substr(0, first).c_str(),
                  line.substr(first + 1, second - first - 1).c_str(),
                  line.substr(second + 1).c_str());
    }
  }
  return {};
}

Result<Bytes> typed_key(const Found& store, const std::string& text) {
  if (auto bytes = key_bytes_of(store.key_type, text)) return std::move(*bytes);
  return fail(Code::Invalid, "\"" + text + "\" is no key of type " + store.key_type);
}

void print_row(const Found& store, BytesView key, BytesView value) {
  std::printf("{\"key\":%s,\"value\":%s}\n", value_json(store.key_type, key).c_str(),
              value_json(store.value_type, value).c_str());
}

// As it is, or as it was.
Result<std::unique_ptr<StateReader>> reader_of(const StateOptions& options, const Found& store) {
  Disk& disk = real_env().disk;
  if (options.as_of.empty()) return std::make_unique<StateFiles>(disk, store.folder.path);
  VT_TRY(const AsOf as_of, as_of_from(options.as_of));
  std::vector<std::string> copies;
  for (const std::string& copy : options.copies) {
    // `vitrine backup` makes one folder for both engines.
    const std::string within = copy + "/" + store.folder.name;
    copies.push_back(disk.exists(within + "/journal") ? within : copy);
  }
  VT_TRY(auto past, StatePast::open(disk, store.folder.path, as_of, std::move(copies)));
  const Commit& commit = past->commit();
  std::fprintf(stderr, "as of commit %llu, which ends before position %llu, at %s\n",
               static_cast<unsigned long long>(commit.epoch.value()),
               static_cast<unsigned long long>(commit.end.value()),
               time_text(commit.time).c_str());
  return past;
}

Result<void> scan(const StateOptions& options, bool one) {
  VT_TRY(const Found store, find_store(options));
  StateScan ask{options.store, {}, {}};
  if (!options.prefix.empty()) {
    // Of a row below a scope the scope is whole, and the rest what it begins with.
    const bool scoped = store.key_type == Serde<ScopedRow>::name;
    VT_TRY(const Bytes prefix, scoped ? typed_key(store, options.prefix) : options.prefix);
    ask = StateScan::of_prefix(options.store, prefix);
  }
  if (!options.from.empty()) {
    VT_TRY(ask.from, typed_key(store, options.from));
  }
  if (!options.to.empty()) {
    VT_TRY(ask.to, typed_key(store, options.to));
  }
  if (one) {
    VT_TRY(ask.from, typed_key(store, options.key));
    ask.to = ask.from + '\0';
  }
  VT_TRY(const auto files, reader_of(options, store));
  std::size_t rows = 0;
  while (rows < options.limit) {
    ask.rows_max = std::min<std::size_t>(options.limit - rows, 10'000);
    VT_TRY(auto page, files->state_scan(ask));
    for (const auto& [key, value] : page.rows) print_row(store, key, value);
    rows += page.rows.size();
    if (!page.next) break;
    ask.from = std::move(*page.next);
  }
  if (one && rows == 0)
    return fail(Code::NotFound, "state " + options.store + " has no key " + options.key);
  return {};
}

int ended(const Result<void>& result) {
  if (result) return 0;
  std::fprintf(stderr, "vitrine state: %s\n", result.error().message.c_str());
  return result.error().code == Code::Invalid ? 2 : 1;
}

}  // namespace

int run_state(int argc, char** argv) {
  CLI::App cli{
      "What an engine remembers, as JSON lines: committed, read from its files. It may be running; "
      "each call reads the journal's newest part."};
  cli.require_subcommand(1);
  StateOptions options;
  const auto with_log = [&](CLI::App* command) {
    command->add_option("--log", options.log, "the log's folder, or one engine's")
        ->capture_default_str();
    return command;
  };
  auto* names = with_log(cli.add_subcommand("list", "names and types of all states"));
  auto* get = with_log(cli.add_subcommand("get", "one key's value"));
  get->add_option("store", options.store)->required();
  get->add_option("key", options.key,
                  "text, a number, scope|rest (shop_1|mug), or hex for other types")
      ->required();
  auto* rows = with_log(cli.add_subcommand("scan", "rows in order of their encoded keys"));
  rows->add_option("store", options.store)->required();
  rows->add_option("--from", options.from, "the first key");
  rows->add_option("--to", options.to, "keys before this one");
  rows->add_option("--prefix", options.prefix,
                   "keys that begin with this text; scope|rest where rows stand below a scope");
  rows->add_option("--limit", options.limit, "at most so many rows")->capture_default_str();
  for (auto* command : {get, rows}) {
    command->add_option("--as-of", options.as_of,
                        "as it was: after the commit that holds this position, or after the last "
                        "one at or before this time (2026-01-31T12:00:00Z)");
    command
        ->add_option("--copy", options.copies,
                     "with --as-of: a backup of this log that may help; repeatable")
        ->allow_extra_args(false);
  }
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : 2;
  }
  if (names->parsed()) return ended(list(options));
  return ended(scan(options, get->parsed()));
}

}  // namespace vitrine
