#pragma once
// The route table: every operation of the API with what it takes, what it answers and how it says
// no.
//
// Dispatch, 404/405/406/415, authentication, body checking, idempotency keys and /openapi.json are
// all made from this one table, so that the document cannot differ from the server.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/problem.h"
#include "gateway/tokens.h"

namespace google::protobuf {
class Message;
}

namespace vitrine::gateway {

class Call;
class Core;
using CallPtr = std::shared_ptr<Call>;

enum class Who { Anyone, AnyToken, Viewer, Host, HostOrModerator };
bool may(Who who, Role role);

struct QueryParameter {
  std::string name;
  std::string description;
  bool integer = false;
};

struct Route {
  std::string method;
  std::string path;  // "/v1/store/shows/{show}"
  Who who = Who::Anyone;
  std::string summary;
  const google::protobuf::Message* body = nullptr;  // a default instance; null = takes no body
  const google::protobuf::Message* answer =
      nullptr;  // a default instance; null = none, or other_type
  std::vector<int> statuses = {200};
  std::vector<ProblemType> problems = {};  // beyond those that follow from the rest
  bool needs_key = false;
  bool writes = false;  // appends to the log: 503 and 507 are possible
  std::vector<QueryParameter> query = {};
  std::string other_type = {};  // answers this media type instead of JSON
  std::function<void(Core&, const CallPtr&)> handle = {};
};

const std::vector<Route>& routes();

// Every problem type the operation may answer, sorted by status then code.
std::vector<ProblemType> documented_problems(const Route& route);

struct Match {
  const Route* route = nullptr;  // null: see allowed
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::string> allowed;  // methods of this path when only the method is wrong
};
Match match_route(std::string_view method, std::string_view path);

// OpenAPI 3.1 as JSON.
std::string openapi_document();

// Handlers, by file. Each answers its call exactly once, now or later.
namespace handlers {
void guest(Core&, const CallPtr&);
void host(Core&, const CallPtr&);
void moderator(Core&, const CallPtr&);
void ticket(Core&, const CallPtr&);

void list_shows(Core&, const CallPtr&);
void get_show(Core&, const CallPtr&);
void list_products(Core&, const CallPtr&);
void get_product(Core&, const CallPtr&);
void get_kpis(Core&, const CallPtr&);
void list_chat(Core&, const CallPtr&);
void post_chat(Core&, const CallPtr&);
void post_reaction(Core&, const CallPtr&);
void vote(Core&, const CallPtr&);

void get_cart(Core&, const CallPtr&);
void put_cart_line(Core&, const CallPtr&);
void reserve(Core&, const CallPtr&);
void get_reservation(Core&, const CallPtr&);
void release(Core&, const CallPtr&);
void place_order(Core&, const CallPtr&);
void list_orders(Core&, const CallPtr&);
void get_order(Core&, const CallPtr&);

void create_show(Core&, const CallPtr&);
void change_state(Core&, const CallPtr&);
void pin(Core&, const CallPtr&);
void unpin(Core&, const CallPtr&);
void open_poll(Core&, const CallPtr&);
void close_poll(Core&, const CallPtr&);
void put_product(Core&, const CallPtr&);
void set_stock(Core&, const CallPtr&);
void set_price(Core&, const CallPtr&);
void list_all_orders(Core&, const CallPtr&);
void invite_moderator(Core&, const CallPtr&);
void remove_chat(Core&, const CallPtr&);

void tell_model(Core&, const CallPtr&);
void get_insights(Core&, const CallPtr&);
void answer_question(Core&, const CallPtr&);
void dismiss_question(Core&, const CallPtr&);
void view_product(Core&, const CallPtr&);
void set_clearing(Core&, const CallPtr&);
void contact_lead(Core&, const CallPtr&);
void get_answers(Core&, const CallPtr&);
void retract_answer(Core&, const CallPtr&);
void set_assistant(Core&, const CallPtr&);
void set_autopilot(Core&, const CallPtr&);
void veto_action(Core&, const CallPtr&);
void undo_action(Core&, const CallPtr&);
void get_faq(Core&, const CallPtr&);
void put_faq(Core&, const CallPtr&);

void get_moderation(Core&, const CallPtr&);
void release_held(Core&, const CallPtr&);
void reject_held(Core&, const CallPtr&);
void get_person(Core&, const CallPtr&);
void mute_person(Core&, const CallPtr&);
void ban_person(Core&, const CallPtr&);
void shadow_person(Core&, const CallPtr&);
void pardon_person(Core&, const CallPtr&);
void set_slow_mode(Core&, const CallPtr&);

void health(Core&, const CallPtr&);
void metrics(Core&, const CallPtr&);
void topology(Core&, const CallPtr&);
void openapi(Core&, const CallPtr&);
void socket(Core&, const CallPtr&);
void events(Core&, const CallPtr&);
void plug(Core&, const CallPtr&);
void counters(Core&, const CallPtr&);
}  // namespace handlers

}  // namespace vitrine::gateway
