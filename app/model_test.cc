// `vitrine model`, from a file to a model in use and back, on a real log; and every bad candidate
// that must not get there.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "app/commands.h"
#include "app/house.h"
#include "app/model_log.h"
#include "base/log.h"
#include "commerce/insight/topology.h"
#include "commerce/model/topics.h"
#include "commerce/models/fingerprint.h"
#include "commerce/models/record.h"

namespace vitrine {
namespace {

struct Printed {
  int code = 0;
  std::string out, err;
};

std::string slurp(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Yard {
  std::string folder, log;

  Yard() {
    set_log_level(LogLevel::Error);
    auto pattern = (std::filesystem::temp_directory_path() / "models-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    log = folder + "/log";
  }
  ~Yard() { std::filesystem::remove_all(folder); }

  Printed model(std::vector<std::string> words) const {
    words.insert(words.begin(), "model");
    words.insert(words.end(), {"--log", log});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    Printed printed;
    const std::string files[] = {folder + "/out", folder + "/err"};
    int kept[2];
    std::fflush(stdout);
    for (const int fd : {1, 2}) {
      kept[fd - 1] = ::dup(fd);
      std::FILE* target = std::fopen(files[fd - 1].c_str(), "w");
      ::dup2(::fileno(target), fd);
      std::fclose(target);
    }
    printed.code = run_model(static_cast<int>(argv.size()), argv.data());
    std::fflush(stdout);
    for (const int fd : {1, 2}) {
      ::dup2(kept[fd - 1], fd);
      ::close(kept[fd - 1]);
    }
    printed.out = slurp(files[0]);
    printed.err = slurp(files[1]);
    return printed;
  }
  Printed with_proofs(std::vector<std::string> words) const {
    words.insert(words.end(), {"--proofs", folder + "/proofs"});
    return model(words);
  }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder + "/" + name) << text;
    return folder + "/" + name;
  }
  std::string proof(int version) const {
    return proof_path(folder + "/proofs", "sentiment", version);
  }
};

// A log with as many lines of chat, of which two thirds have a mood.
void talk(const std::string& log, int lines) {
  auto house = House::open(real_env(), log);
  REQUIRE(house.has_value());
  REQUIRE(house->start());
  const char* said[] = {"what a lovely box", "not lovely at all", "the red one"};
  std::promise<void> done;
  for (int i = 0; i < lines; ++i) {
    ChatCommand command;
    PostMessage& post = *command.mutable_post();
    post.set_author("vwr_" + std::to_string(i));
    post.set_role("viewer");
    post.set_id("m");
    post.set_text(std::string(said[i % 3]) + " " + std::to_string(i));
    Append one{topics::chat_commands.name(), {"show_1", encoded(command), {}, "ask"}};
    REQUIRE(house->audience->append(std::move(one), [&, last = i + 1 == lines](auto) {
      if (last) done.set_value();
    }));
  }
  done.get_future().wait();
  CHECK(house->stop());
}

ModelRecord candidate(std::int64_t version, double negation) {
  ModelRecord record = model_kinds().front().builtin;
  record.set_version(version);
  record.set_provenance("For a test.");
  models::set_parameter(record, "negation", negation);
  return record;
}

ModelRecord upside_down(std::int64_t version) {
  ModelRecord record = candidate(version, -0.74);
  record.set_blob("lovely\t-700\n");
  record.set_blob_sha256(models::sha256_of(record.blob()));
  return record;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a candidate is added, proven on yesterday's log, promoted, and rolled back") {
  Yard yard;
  talk(yard.log, 150);
  CHECK(has(yard.model({"list"}).out, "sentiment       1  in use"));
  CHECK(has(yard.model({"list"}).out, "engines: off, builtin; onnx: "));
  const auto file = yard.file("two", models::model_file_of(candidate(2, -0.6)));
  CHECK(has(yard.model({"add", file}).out, "sentiment 2 is there"));
  const Printed early = yard.with_proofs({"promote", "sentiment", "2"});
  CHECK(early.code == 1);
  CHECK(has(early.err, "sentiment 2 has no replay proof"));

  const Printed first = yard.with_proofs({"shadow", "sentiment", "2"});
  CHECK(first.code == 0);
  CHECK(has(first.out, "sentiment 2 on 150 lines"));
  CHECK(has(first.out, "run twice: the same bytes"));
  const auto proof = read_proof(real_env().disk, yard.proof(2)).value();
  yard.with_proofs({"shadow", "sentiment", "2"});
  const auto again = read_proof(real_env().disk, yard.proof(2)).value();
  CHECK(proof.scores_sha256() == again.scores_sha256());
  CHECK(proof.input_sha256() == again.input_sha256());

  const Printed done =
      yard.with_proofs({"promote", "sentiment", "2", "--reason", "milder"});
  CHECK(done.code == 0);
  CHECK(has(done.out, "sentiment: 2 is in use from here on, 1 before"));
  CHECK(has(yard.model({"list"}).out, "sentiment       2  in use"));
  CHECK(has(yard.model({"rollback", "sentiment"}).out, "sentiment: back to 1, from 2"));
  CHECK(has(yard.model({"list"}).out, "sentiment       1  in use"));
  CHECK(has(yard.model({"shadow", "sentiment", "2", "--live"}).out, "in its shadow"));
  CHECK(has(yard.model({"list"}).out, "sentiment       2  shadow"));
}

TEST_CASE("a model that is much worse is not promoted, though somebody edits its proof") {
  Yard yard;
  talk(yard.log, 150);
  yard.model({"add", yard.file("bad", models::model_file_of(upside_down(2)))});
  const Printed shadow = yard.with_proofs({"shadow", "sentiment", "2"});
  CHECK(shadow.code == 1);
  CHECK(has(shadow.err, "would not be promoted: it agrees with the model in use on 0.3"));
  CHECK(has(yard.with_proofs({"promote", "sentiment", "2"}).err, "it agrees with"));
  ModelProof forged = read_proof(real_env().disk, yard.proof(2)).value();
  forged.set_agreement(1);
  REQUIRE(write_proof(real_env().disk, yard.folder + "/proofs", forged));
  const Printed tried = yard.with_proofs({"promote", "sentiment", "2"});
  CHECK(tried.code == 1);
  CHECK(has(tried.err, "the replay gives other figures than the proof states"));
  CHECK(has(yard.model({"list"}).out, "sentiment       1  in use"));
}

TEST_CASE("a model that is worse by labels is not promoted, though it agrees") {
  Yard yard;
  talk(yard.log, 150);
  yard.model({"add", yard.file("bad", models::model_file_of(candidate(2, 0.9)))});
  std::string labels;
  for (int i = 0; i < 100; ++i) labels += "negative\tnot lovely\npositive\tlovely\n";
  const std::string file = yard.file("labels.tsv", labels);
  const Printed shadow = yard.with_proofs({"shadow", "sentiment", "2", "--labels", file});
  CHECK(has(shadow.out, "macro F1 0.3333 on 200 labelled lines, the model in use 1.0000"));
  CHECK(has(shadow.err, "it is worse: macro F1 0.333, the model in use has 1.000"));
  CHECK(yard.with_proofs({"promote", "sentiment", "2", "--labels", file}).code == 1);
}

TEST_CASE("a corrupt blob does not get into the log") {
  Yard yard;
  talk(yard.log, 1);
  std::string text = models::model_file_of(upside_down(2));
  text[text.size() - 3] = '1';
  const Printed added = yard.model({"add", yard.file("corrupt", text)});
  CHECK(added.code == 1);
  CHECK(has(added.err, "its blob is corrupt"));
  CHECK_FALSE(has(yard.model({"list"}).out, "sentiment       2"));
}

TEST_CASE("a proof of other lines, or of too few, is none") {
  Yard yard;
  talk(yard.log, 150);
  yard.model({"add", yard.file("two", models::model_file_of(candidate(2, -0.6)))});
  CHECK(has(yard.with_proofs({"shadow", "sentiment", "2", "--to", "90"}).err,
            "at least 100 are needed"));
  CHECK(yard.with_proofs({"shadow", "sentiment", "2"}).code == 0);
  ModelProof forged = read_proof(real_env().disk, yard.proof(2)).value();
  forged.set_to(forged.to() - 1);
  REQUIRE(write_proof(real_env().disk, yard.folder + "/proofs", forged));
  CHECK(has(yard.with_proofs({"promote", "sentiment", "2"}).err,
            "the log does not hold the lines that the proof is of"));
}

TEST_CASE("wrong words end with 2, missing things with 1 and what to do") {
  Yard yard;
  CHECK(yard.model({"list"}).code == 1);  // there is no log
  CHECK(yard.model({"promote", "sentiment"}).code == 2);
  CHECK(yard.model({}).code == 2);
  talk(yard.log, 1);
  CHECK(has(yard.model({"shadow", "taste", "2"}).err, "there is no model taste"));
  CHECK(has(yard.model({"shadow", "sentiment", "7"}).err, "`vitrine model add FILE` puts it"));
  CHECK(yard.model({"add", yard.folder + "/nothing"}).code == 1);
  CHECK(has(yard.model({"rollback", "sentiment"}).err, "nothing was in use before version 1"));
  auto house = House::open(real_env(), yard.log);
  REQUIRE(house.has_value());
  CHECK(yard.model({"list"}).code == 0);  // beside a server
  CHECK(has(yard.model({"rollback", "sentiment"}).err, "--at http://HOST:PORT"));
}

}  // namespace vitrine
