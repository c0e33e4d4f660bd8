#include "simulation/promise.h"

namespace respawnd::simulation {

std::vector<std::unique_ptr<Promise>> all_promises() {
    std::vector<std::unique_ptr<Promise>> promises;
    promises.push_back(one_main_process());
    promises.push_back(wishes_are_kept());
    promises.push_back(limit_in_window());
    promises.push_back(stops_end());
    promises.push_back(delays_follow_the_backoff());
    promises.push_back(apply_touches_what_changed());
    promises.push_back(messages_have_text());
    return promises;
}

}  // namespace respawnd::simulation
