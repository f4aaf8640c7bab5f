// `vitrine model list|add|shadow|promote|rollback`: the versions of the models, and which is in
// use. docs/operations/models.md.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/command_line.h"
#include "app/commands.h"
#include "app/model_commands.h"
#include "app/model_log.h"
#include "commerce/insight/topology.h"
#include "commerce/models/onnx.h"
#include "commerce/models/record.h"

namespace vitrine {
namespace {

struct ModelOptions {
  ModelDoor door;
  std::string name, file, labels, reason;
  std::int64_t version = 0;
  LineSpan span;
  std::string models, replay;  // logs; empty: the one of --log
  std::string proofs = "./var/proofs";
  bool live = false;
};

Disk& disk() { return real_env().disk; }

const std::string& or_log(const std::string& folder, const ModelOptions& options) {
  return folder.empty() ? options.door.log : folder;
}

Result<const models::Kind*> kind_named(const std::string& name) {
  if (const auto* kind = models::kind_of(model_kinds(), name)) return kind;
  return fail(Code::NotFound, "there is no model " + name + "; `vitrine model list` shows them");
}

std::string reading_of(const ModelShelf& shelf, std::int64_t version) {
  if (version == shelf.active.version()) return "in use";
  return version == shelf.shadow ? "shadow" : "-";
}

Result<void> list(const ModelOptions& options) {
  for (const models::Kind& kind : model_kinds()) {
    VT_TRY(const ModelShelf shelf, model_shelf(disk(), options.door.log, kind));
    for (const auto& [version, record] : shelf.versions) {
      std::printf("%-12s %4lld  %-7s %-8s %-8s %.12s  %s\n", record.name().c_str(),
                  static_cast<long long>(version), reading_of(shelf, version).c_str(),
                  record.kind().c_str(), record.engine().c_str(),
                  models::fingerprint_of(record).c_str(), record.provenance().c_str());
    }
  }
  const auto& onnx = models::onnx_runtime();
  std::printf("engines: off, builtin; onnx: %s\n",
              onnx.version.empty()
                  ? ("not here, " + onnx.problem).c_str()
                  : ("ONNX Runtime " + onnx.version + " is here, and no model of ours is a graph")
                        .c_str());
  return {};
}

Result<void> add(const ModelOptions& options) {
  VT_TRY(const Bytes text, read_whole(disk(), options.file, models::kBlobBytesMax + (64U << 10U)));
  auto record = models::read_model_file(text);
  if (!record) return fail(record.error().code, options.file + ": " + record.error().message);
  ModelCommand command;
  *command.mutable_add() = *record;
  VT_TRY(const ModelEvent event, tell_model(options.door, record->name(), std::move(command)));
  std::printf("%s %lld is there: %s\n", record->name().c_str(),
              static_cast<long long>(record->version()), event.added().model().c_str());
  return {};
}

void print(const ModelProof& proof) {
  const auto microseconds = [](std::int64_t ns) { return static_cast<double>(ns) / 1'000; };
  std::printf("%s %lld on %lld lines, positions %llu to %llu\n", proof.name().c_str(),
              static_cast<long long>(proof.version()), static_cast<long long>(proof.lines()),
              static_cast<unsigned long long>(proof.from()),
              static_cast<unsigned long long>(proof.to()));
  std::printf("  agrees with the model in use on %.4f of them\n", proof.agreement());
  if (proof.labelled() > 0)
    std::printf("  macro F1 %.4f on %lld labelled lines, the model in use %.4f\n", proof.quality(),
                static_cast<long long>(proof.labelled()), proof.beside_quality());
  std::printf("  a line takes p50 %.1f us, p99 %.1f us; the model in use p99 %.1f us\n",
              microseconds(proof.p50_ns()), microseconds(proof.p99_ns()),
              microseconds(proof.beside_p99_ns()));
  std::printf("  run twice: %s; scores %.16s, lines %.16s\n",
              proof.same_twice() ? "the same bytes" : "DIFFERENT BYTES",
              proof.scores_sha256().c_str(), proof.input_sha256().c_str());
}

// What a run over these lines shows of the version, beside the model that is in use in the log.
Result<ModelProof> run_beside(const ModelOptions& options, const models::Kind& kind,
                              const ModelRecord& candidate, const ModelShelf& shelf,
                              const LineSpan& span) {
  VT_TRY(models::Trial trial, read_trial(disk(), or_log(options.replay, options), span));
  if (!options.labels.empty()) {
    VT_TRY(trial.labelled, read_labels(disk(), options.labels));
  }
  return models::prove(candidate, shelf.active, kind, trial, real_env().clock);
}

Result<void> go_live(const ModelOptions& options) {
  ModelCommand command;
  command.mutable_shadow()->set_version(options.version);
  VT_TRY_VOID(tell_model(options.door, options.name, std::move(command)));
  std::printf(options.version == 0 ? "%s has no shadow any more\n"
                                   : "%s runs %lld in its shadow; nobody acts on it\n",
              options.name.c_str(), static_cast<long long>(options.version));
  return {};
}

Result<void> shadow(const ModelOptions& options) {
  VT_TRY(const models::Kind* kind, kind_named(options.name));
  if (options.live) return go_live(options);
  VT_TRY(const ModelShelf shelf, model_shelf(disk(), or_log(options.models, options), *kind));
  VT_TRY(const ModelRecord candidate, model_version(shelf, options.version));
  VT_TRY(const ModelProof proof, run_beside(options, *kind, candidate, shelf, options.span));
  print(proof);
  VT_TRY_VOID(write_proof(disk(), options.proofs, proof));
  std::printf("proof: %s\n", proof_path(options.proofs, proof.name(), proof.version()).c_str());
  if (const auto flaw = models::flaw_of(proof, candidate, shelf.active, kind->rules))
    return fail(Code::Conflict, options.name + " " + std::to_string(options.version) +
                                    " would not be promoted: " + *flaw);
  std::printf("it may be promoted\n");
  return {};
}

// The proof that was made before, if a replay of its span says the same today.
Result<ModelProof> proof_held(const ModelOptions& options, const models::Kind& kind,
                              const ModelRecord& candidate, const ModelShelf& shelf) {
  const std::string who = options.name + " " + std::to_string(options.version);
  const std::string path = proof_path(options.proofs, options.name, options.version);
  if (!disk().exists(path))
    return fail(Code::NotFound, who + " has no replay proof: there is no " + path +
                                    "; `vitrine model shadow " + who + "` makes one");
  VT_TRY(const ModelProof proof, read_proof(disk(), path));
  if (const auto flaw = models::flaw_of(proof, candidate, shelf.active, kind.rules))
    return fail(Code::Conflict, who + " is not promoted: " + *flaw);
  VT_TRY(const ModelProof again,
         run_beside(options, kind, candidate, shelf,
                    {std::to_string(proof.from()), std::to_string(proof.to())}));
  if (const auto difference = models::difference_of(proof, again))
    return fail(Code::Conflict, who + " is not promoted: " + *difference);
  return proof;
}

Result<void> promote(const ModelOptions& options) {
  VT_TRY(const models::Kind* kind, kind_named(options.name));
  VT_TRY(const ModelShelf shelf, model_shelf(disk(), options.door.log, *kind));
  VT_TRY(const ModelRecord candidate, model_version(shelf, options.version));
  ModelCommand command;
  command.mutable_promote()->set_version(options.version);
  command.mutable_promote()->set_reason(options.reason);
  if (candidate.engine() != "off") {  // nothing is said any more: that needs no proof
    VT_TRY(*command.mutable_promote()->mutable_proof(),
           proof_held(options, *kind, candidate, shelf));
  }
  VT_TRY(const ModelEvent event, tell_model(options.door, options.name, std::move(command)));
  std::printf("%s: %lld is in use from here on, %lld before\n", options.name.c_str(),
              static_cast<long long>(event.switched().to()),
              static_cast<long long>(event.switched().from()));
  return {};
}

Result<void> roll_back(const ModelOptions& options) {
  VT_TRY_VOID(kind_named(options.name));
  ModelCommand command;
  command.mutable_roll_back()->set_reason(options.reason);
  VT_TRY(const ModelEvent event, tell_model(options.door, options.name, std::move(command)));
  std::printf("%s: back to %lld, from %lld\n", options.name.c_str(),
              static_cast<long long>(event.switched().to()),
              static_cast<long long>(event.switched().from()));
  return {};
}

void with_door(CLI::App& command, ModelOptions& options) {
  command.add_option("--log", options.door.log, "the log's folder")->capture_default_str();
  command.add_option("--at", options.door.at,
                     "http://HOST:PORT of the server that runs on this log; without it the server "
                     "must be stopped");
  command.add_option("--token-file", options.door.token_file, "with --at: a host's token");
}

void with_replay(CLI::App& command, ModelOptions& options) {
  command.add_option("--labels", options.labels,
                     "also judge by lines with a known class: `negative<tab>text`, or neutral, or "
                     "positive");
  command.add_option("--proofs", options.proofs, "the folder of the proofs")->capture_default_str();
}

void with_version(CLI::App& command, ModelOptions& options) {
  command.add_option("name", options.name, "e.g. sentiment")->required();
  command.add_option("version", options.version, "a number that `vitrine model list` shows")
      ->required();
}

}  // namespace

int run_model(int argc, char** argv) {
  CLI::App cli{"The models: their versions, what a version would have said, which one is in use."};
  cli.require_subcommand(1);
  ModelOptions options;
  auto* listed = cli.add_subcommand("list", "versions and engines; also while the server runs");
  listed->add_option("--log", options.door.log, "the log's folder")->capture_default_str();
  auto* added = cli.add_subcommand("add", "put a model file into the log; nobody uses it yet");
  added->add_option("file", options.file)->required();
  with_door(*added, options);
  auto* shadowed = cli.add_subcommand(
      "shadow", "run a version over a log beside the model in use, and write the proof");
  with_version(*shadowed, options);
  with_door(*shadowed, options);
  with_replay(*shadowed, options);
  shadowed->add_option("--from", options.span.from, "the first position or time");
  shadowed->add_option("--to", options.span.to, "before this position or time");
  shadowed->add_option("--models", options.models, "the log with the model; else that of --log");
  shadowed->add_flag("--live", options.live,
                     "instead: from now on let the server score with it, too, and only write that "
                     "down; version 0 ends it");
  auto* promoted = cli.add_subcommand(
      "promote", "use a version from here on; refused without a proof that holds again today");
  with_version(*promoted, options);
  with_door(*promoted, options);
  with_replay(*promoted, options);
  promoted->add_option("--replay", options.replay, "the log of the proof; else that of --log");
  auto* rolled = cli.add_subcommand("rollback", "use again what was in use before");
  rolled->add_option("name", options.name, "e.g. sentiment")->required();
  with_door(*rolled, options);
  for (CLI::App* command : {promoted, rolled})
    command->add_option("--reason", options.reason, "why; stands in the log");
  int code = 0;
  if (!parsed(cli, argc, argv, code)) return code;
  return ended("model", listed->parsed()     ? list(options)
                        : added->parsed()    ? add(options)
                        : shadowed->parsed() ? shadow(options)
                        : promoted->parsed() ? promote(options)
                                             : roll_back(options));
}

}  // namespace vitrine
