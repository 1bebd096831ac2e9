// How many processes each service has and should have: starts them all at once, starts again what ends, takes
// a new configuration without closing a port, and ends them in order. One thread, one poll(); it never waits
// for a child.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/process/notify.h"
#include "common/process/restart_pace.h"
#include "common/service/line_sender.h"
#include "common/service/status_writer.h"
#include "master/config_run.h"
#include "master/directories.h"
#include "master/file_watch.h"
#include "master/fleet.h"
#include "master/guests.h"
#include "master/options.h"
#include "master/setup.h"

namespace gp::master {

class Supervisor {
public:
    struct Parts {
        Options options;
        std::string directory; // of our programs
        Directories directories;
        Setup setup;
        int stderr_fd; // of the services
        service::LineSender& log;
        process::Notify& notify;
        std::unique_ptr<Host> host; // of a guest
        std::function<void()> on_ready; // once, when all services serve
    };
    explicit Supervisor(Parts parts);
    int run(); // the exit status

private:
    static constexpr std::chrono::seconds start_patience{600}; // spoold reads a large spool before it serves
    static constexpr std::chrono::hours retire_patience{1};    // old conversations after a reload
    static constexpr unsigned most_early_deaths = 3;           // of one place, before all have served once
    static constexpr std::uint32_t most_generations = 4;       // older ones are ended at once

    // One process that there should be.
    struct Place {
        service::ImageService row;
        std::uint32_t generation = 0;
        process::RestartPace pace;
        Time next_start = Time::min();
        Child* child = nullptr;
        std::uint32_t restarts = 0;
        bool has_served = false;
    };

    Status begin();
    void turn();
    int next_timeout() const;

    // starting and ending of single processes
    void add_places(const service::ImageService& row);
    void start_due();
    void start(Place& place);
    void reap();
    void ended(Child& child, const process::Exit& exit);
    void restart_later(Place& place, const std::string& what);
    void fail_start(const std::string& why, int status);
    void check_deadlines();

    // what children say
    void hear(Child& child);
    void obey(Child& child, const service::ControlFrame& frame);
    void note_ready();
    void announce();

    // reload and stop
    void begin_reload();
    void watch_certificates(std::time_t read_from = 0);
    void finish_reload();
    void refuse_reload(const std::string& why);
    Status adopt(service::Image image);
    void advance_leaving();
    void send_away(Child& child, service::Control how, std::chrono::seconds limit);
    void begin_stop();
    void handle_signals();
    void refresh_board();

    Options options_;
    std::string directory_;
    Directories directories_;
    Setup setup_;
    int stderr_fd_;
    service::LineSender& log_;
    process::Notify& notify_;
    std::function<void()> on_ready_;

    std::unique_ptr<Host> host_;
    Fleet fleet_;
    Guests guests_{fleet_};
    service::StatusWriter board_;
    std::map<std::string, unsigned> counter_names_; // how many each service has brought
    std::vector<std::unique_ptr<Place>> places_;
    OwnedFd signals_;
    std::optional<ConfigRun> reload_;
    bool reload_again_ = false;
    FileWatch watch_;
    std::time_t reload_began_ = 0;
    bool older_must_go_ = false; // once the newest generation serves
    bool was_ready_ = false;
    bool stopping_ = false;
    Time stop_started_;
    Time next_notify_ = Time::max();
    int status_ = 0;
};

}
