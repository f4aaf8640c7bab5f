// `vitrine backup|restore|savepoint`: copies of the whole log, of all domains.
//
// A copy is made by the engine that owns the files, so backup and savepoint create open the log
// themselves, and the server must be stopped. (A program of yours calls Engine::backup while it
// runs.) Readers come before what they read (House::engines).
#include "vitrine/backup.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/command_line.h"
#include "app/commands.h"
#include "app/engine_folders.h"
#include "app/house.h"

namespace vitrine {
namespace {

void print(const char* what, const BackupReport& report, const std::string& where) {
  std::printf("%s %-9s epoch %llu, up to position %llu, %llu bytes (%llu shared): %s\n", what,
              report.app.c_str(), static_cast<unsigned long long>(report.epoch.value()),
              static_cast<unsigned long long>(report.end.value()),
              static_cast<unsigned long long>(report.bytes_copied + report.bytes_shared),
              static_cast<unsigned long long>(report.bytes_shared), where.c_str());
}

Result<void> back_up(const std::string& log, const std::string& to) {
  VT_TRY(House house, House::open(real_env(), log));
  for (Engine* engine : house.engines()) {
    const std::string folder = to + "/" + engine->name();
    VT_TRY(const auto report, engine->backup(folder));
    print("backed up", report, folder);
  }
  return {};
}

// The folders of a backup: one engine's, or <from>/<app> of several.
std::vector<EngineFolder> backups_in(Disk& disk, const std::string& from) {
  std::vector<EngineFolder> out;
  if (const auto one = read_backup(disk, from)) return {{"", from}};
  const auto names = disk.list(from);
  for (const std::string& name : names ? *names : std::vector<std::string>{}) {
    if (disk.exists(from + "/" + name + "/journal")) out.push_back({name, from + "/" + name});
  }
  return out;
}

Result<void> restore(const std::string& from, const std::string& log, bool check_only) {
  Disk& disk = real_env().disk;
  const auto backups = backups_in(disk, from);
  if (backups.empty()) return fail(Code::NotFound, "restore " + from + ": there is no backup");
  for (const EngineFolder& one : backups) {
    VT_TRY(const auto report, verify_backup(disk, one.path));
    print("whole    ", report, one.path);
  }
  for (const EngineFolder& one : backups) {
    if (check_only) break;
    const std::string to = one.name.empty() ? log : log + "/" + one.name;
    VT_TRY(const auto report, restore_backup(disk, one.path, to));
    print("restored ", report, to);
  }
  return {};
}

Result<void> list_all(const std::string& log) {
  Disk& disk = real_env().disk;
  VT_TRY(const auto folders, engine_folders(disk, log));
  for (const EngineFolder& folder : folders) {
    for (const std::string& name : list_savepoints(disk, folder.path)) {
      const std::string path = folder.path + "/savepoints/" + name;
      VT_TRY(const auto report, read_backup(disk, path));
      print(("savepoint " + name).c_str(), report, path);
    }
  }
  return {};
}

Result<void> create(const std::string& log, const std::string& name) {
  VT_TRY(House house, House::open(real_env(), log));
  for (Engine* engine : house.engines()) {
    VT_TRY(const auto report, engine->savepoint(name));
    print("savepoint", report, name);
  }
  return {};
}

Result<void> remove(const std::string& log, const std::string& name) {
  VT_TRY(const auto folders, engine_folders(real_env().disk, log));
  for (const EngineFolder& folder : folders)
    VT_TRY_VOID(remove_savepoint(real_env().disk, folder.path, name));
  return {};
}

void with_log(CLI::App& cli, std::string& log) {
  cli.add_option("--log", log, "the log's folder")->capture_default_str();
}

}  // namespace

int run_backup(int argc, char** argv) {
  CLI::App cli{"Copies log and state of all domains, each as of one commit. The server must be "
               "stopped."};
  std::string log = "./var/log", to;
  int code = 0;
  cli.add_option("to", to, "a folder that is not there yet")->required();
  with_log(cli, log);
  return parsed(cli, argc, argv, code) ? ended("backup", back_up(log, to)) : code;
}

int run_restore(int argc, char** argv) {
  CLI::App cli{"Verifies a backup or savepoint and makes a log of it, in a folder that is not "
               "there yet. The log begins a new incarnation."};
  std::string log = "./var/log", from;
  bool check = false;
  int code = 0;
  cli.add_option("from", from, "a folder that `vitrine backup` or Engine::backup made")->required();
  with_log(cli, log);
  cli.add_flag("--check", check, "only verify");
  return parsed(cli, argc, argv, code) ? ended("restore", restore(from, log, check)) : code;
}

int run_savepoint(int argc, char** argv) {
  CLI::App cli{"Named copies inside the log's folder. `vitrine restore` makes a log of one."};
  cli.require_subcommand(1);
  std::string log = "./var/log", name;
  int code = 0;
  auto* listed = cli.add_subcommand("list", "all of them; also while the server runs");
  auto* created = cli.add_subcommand("create", "of all domains; the server must be stopped");
  auto* removed = cli.add_subcommand("remove", "of all domains");
  for (CLI::App* command : {created, removed}) command->add_option("name", name)->required();
  for (CLI::App* command : {listed, created, removed}) with_log(*command, log);
  if (!parsed(cli, argc, argv, code)) return code;
  return ended("savepoint", listed->parsed()    ? list_all(log)
                            : created->parsed() ? create(log, name)
                                                : remove(log, name));
}

}  // namespace vitrine
