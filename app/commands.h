#pragma once
// The subcommands of `vitrine`. argv[0] is the command's name. Exit codes: 0 done, 1 it could not
// or found something wrong, 2 a wrong option.

namespace vitrine {

int run_serve(int argc, char** argv);
int run_verify(int argc, char** argv);
int run_topology(int argc, char** argv);
int run_tail(int argc, char** argv);
int run_timeline(int argc, char** argv);
int run_topic(int argc, char** argv);
int run_state(int argc, char** argv);
int run_model(int argc, char** argv);
int run_recommend(int argc, char** argv);
int run_dlq(int argc, char** argv);
int run_backup(int argc, char** argv);
int run_restore(int argc, char** argv);
int run_migrate(int argc, char** argv);
int run_savepoint(int argc, char** argv);
int run_standby(int argc, char** argv);
int run_promote(int argc, char** argv);
int run_standby_acks(int argc, char** argv);

}  // namespace vitrine
