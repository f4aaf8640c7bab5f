#include "app/driver/person.h"

#include <array>
#include <fstream>
#include <sstream>

#include "app/driver/json.h"

namespace vitrine::driver {
namespace {

// First names, then a number: a guest's nickname is all the shop knows of them.
constexpr std::array kNames{"Ada",    "Ben",  "Chloe", "Dev",   "Elif", "Finn", "Grace",
                            "Hugo",   "Iris", "Jonas", "Kemi",  "Leo",  "Mina", "Noah",
                            "Olga",   "Pia",  "Quinn", "Rosa",  "Sami", "Tess", "Uma",
                            "Viktor", "Wren", "Xenia", "Yusuf", "Zoe"};

void read_known(const std::string& file, std::vector<std::unique_ptr<Person>>& people, int count) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line) && static_cast<int>(people.size()) < count;) {
    auto person = std::make_unique<Person>();
    std::istringstream words(line);
    if (words >> person->id >> person->token >> person->nickname)
      people.push_back(std::move(person));
  }
}

}  // namespace

Result<void> admit_guests(const std::atomic<bool>& stop, Api& api, const std::string& file,
                          std::vector<std::unique_ptr<Person>>& people, int count) {
  read_known(file, people, count);
  if (!people.empty()) {  // tokens expire, and their key may have been deleted
    api.set_token(people.front()->token);
    if (api.insist(stop, "GET", "/v1/store/orders").status == 401) people.clear();
    api.set_token({});
  }
  std::ofstream out(file, people.empty() ? std::ios::trunc : std::ios::app);
  if (!out) return fail(Code::Io, "keep the viewers in " + file + ": it cannot be written");
  while (static_cast<int>(people.size()) < count && !stop) {
    const auto n = people.size();
    const auto nickname = kNames[n % kNames.size()] + std::to_string(n / kNames.size() + 1);
    const auto answer =
        api.insist(stop, "POST", "/v1/auth/guest", "{\"nickname\":" + json_quoted(nickname) + "}");
    if (stop) break;
    if (!answer.ok()) return fail(Code::Unavailable, "join as a guest: " + answer.describe());
    auto person = std::make_unique<Person>();
    person->id = json_text(answer.body, "/id");
    person->token = json_text(answer.body, "/token");
    person->nickname = nickname;
    out << person->id << ' ' << person->token << ' ' << nickname << std::endl;
    people.push_back(std::move(person));
  }
  return {};
}

}  // namespace vitrine::driver
