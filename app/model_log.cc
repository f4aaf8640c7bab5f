#include "app/model_log.h"

#include "app/house.h"
#include "app/log_records.h"
#include "commerce/model/json.h"
#include "commerce/model/topics.h"

namespace vitrine {
namespace {

constexpr ByteCount kLabelBytesMax = 64U << 20U, kProofBytesMax = 64U << 10U;

std::optional<int> label_of(std::string_view word) {
  if (word == "negative" || word == "-1") return -1;
  if (word == "neutral" || word == "0") return 0;
  if (word == "positive" || word == "1") return 1;
  return std::nullopt;
}

}  // namespace

Result<ModelShelf> model_shelf(Disk& disk, const std::string& log, const models::Kind& kind) {
  const std::string& name = kind.builtin.name();
  ModelShelf shelf;
  shelf.versions[models::kBuiltinVersion] = shelf.active = kind.builtin;
  const std::string folder = insight_folder(log);
  if (!disk.exists(log)) return fail(Code::NotFound, "read " + log + ": there is no log");
  if (!disk.exists(folder + "/journal")) return shelf;
  VT_TRY_VOID(each_record(disk, folder, topics::model_records.name(), Position{1},
                          [&](const Positioned& record) {
    const std::string& key = record.record.key;
    const auto entry = decoded<ModelEntry>(record.record.value);
    if (!entry) return true;
    if (key == name) {
      shelf.active = entry->in_use().active();
      shelf.shadow = entry->in_use().shadow().version();
      shelf.switches = entry->in_use().switches();
    } else if (key.starts_with(name + "/")) {
      if (entry->has_version()) shelf.versions[entry->version().version()] = entry->version();
      else shelf.versions.erase(std::atoll(key.c_str() + name.size() + 1));
    }
    return true;
  }));
  return shelf;
}

Result<ModelRecord> model_version(const ModelShelf& shelf, std::int64_t version) {
  const auto found = shelf.versions.find(version);
  if (found != shelf.versions.end()) return found->second;
  return fail(Code::NotFound, "there is no " + shelf.active.name() + " " +
                                  std::to_string(version) +
                                  " in the log; `vitrine model add FILE` puts it there");
}

Result<models::Trial> read_trial(Disk& disk, const std::string& log, const LineSpan& span) {
  models::Trial trial;
  std::optional<AsOf> from, to;
  if (!span.from.empty()) {
    VT_TRY(from, moment(span.from, "--from"));
  }
  if (!span.to.empty()) {
    VT_TRY(to, moment(span.to, "--to"));
  }
  const Position first = from && from->at ? *from->at : Position{1};
  VT_TRY_VOID(each_record(disk, audience_folder(log), topics::show_chat.name(), first,
                          [&](const Positioned& record) {
    if (to && !is_before(record, *to)) return !to->at.has_value();
    if (from && is_before(record, *from)) return true;
    const auto event = decoded<ChatEvent>(record.record.value);
    if (!event || !event->has_posted() || event->posted().role() != "viewer") return true;
    trial.lines.push_back({record.position.value(), event->posted().text()});
    return trial.lines.size() < models::kProofLinesMax;
  }));
  if (!trial.lines.empty()) {
    trial.from = trial.lines.front().position;
    trial.to = trial.lines.back().position + 1;
  }
  return trial;
}

Result<std::vector<models::Line>> read_labels(Disk& disk, const std::string& path) {
  VT_TRY(const Bytes text, read_whole(disk, path, kLabelBytesMax));
  std::vector<models::Line> out;
  std::uint64_t number = 0;
  for (std::string_view left = text; !left.empty();) {
    const std::string_view line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(left.size(), line.size() + 1));
    ++number;
    if (line.empty()) continue;
    const auto tab = line.find('\t');
    const auto label = label_of(line.substr(0, tab));
    if (!label || tab == std::string_view::npos)
      return fail(Code::Invalid, path + ", line " + std::to_string(number) +
                                     ": begin with negative, neutral or positive and a tab");
    if (out.size() == models::kProofLinesMax)
      return fail(Code::OutOfRange, path + " has more than " +
                                        std::to_string(models::kProofLinesMax) + " lines");
    out.push_back({number, std::string(line.substr(tab + 1)), *label});
  }
  return out;
}

Result<Bytes> read_whole(Disk& disk, const std::string& path, ByteCount bytes_max) {
  VT_TRY(const auto file, disk.open(path, OpenMode::ReadOnly));
  VT_TRY(const std::uint64_t size, file->size());
  if (size > bytes_max)
    return fail(Code::OutOfRange, path + " has " + std::to_string(size) + " bytes, at most " +
                                      std::to_string(bytes_max) + " are read");
  return file->read_at(0, size);
}

std::string proof_path(const std::string& folder, const std::string& name, std::int64_t version) {
  return folder + "/" + name + "-" + std::to_string(version) + ".json";
}

Result<ModelProof> read_proof(Disk& disk, const std::string& path) {
  VT_TRY(const Bytes text, read_whole(disk, path, kProofBytesMax));
  ModelProof proof;
  if (const auto read = model::from_json(text, proof); !read)
    return fail(Code::Corrupt, path + " is no proof: " + read.error().detail);
  return proof;
}

Result<void> write_proof(Disk& disk, const std::string& folder, const ModelProof& proof) {
  VT_TRY_VOID(disk.make_folder(folder));
  const std::string path = proof_path(folder, proof.name(), proof.version());
  if (disk.exists(path)) VT_TRY_VOID(disk.remove(path));
  VT_TRY(const auto file, disk.open(path, OpenMode::CreateNew));
  VT_TRY_VOID(file->write_at(0, model::to_json(proof) + "\n"));
  return file->sync();
}

}  // namespace vitrine
