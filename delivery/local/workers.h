// The launcher's children: born for one delivery, or kept for the next ones of the same user to the same
// mailbox, since most of what a delivery costs is the fork, the change of uid and the walls.
//
// A kept child serves deliveries that it could have been born for: same driver, ids, directories and reach
// (Transport::reach). It is bounded in messages, age and idleness, gets its orders over a socket pair and
// loses nothing of its walls. What it says is as hostile as ever.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/event/loop.h"
#include "common/event/stream.h"
#include "delivery/local/nursery.h"
#include "delivery/local/password_protocol.h"
#include "delivery/local/sasl_protocol.h"
#include "delivery/local/transport.h"
#include "delivery/local/turns.h"

namespace gp::local {

class Workers {
public:
    // What to do with a message that a child wants to be submitted.
    // Its id; empty when there was nobody to send it to.
    using Submit = std::function<Result<std::string>(const Job& job, std::string octets)>;
    Workers(const launcher::Parameters& parameters, Nursery& nursery, Submit submit = {});
    ~Workers();
    // The cause of the error of a child that had its order and did not report: it may be delivered.
    static constexpr Cause lost = Cause::closed;
    // On a fiber, until the child has reported: the time up to `until` is for the wait for its place, and as much again
    // for the delivery. `has_ticket`: the user asked for it. `begin` is called on the same fiber when the order is about to
    // go to a child, and not before, however long that takes; its error is the answer, and no child hears of the order.
    using Begin = std::function<Status()>;
    Result<delivery::DeliverReply> deliver(const Job& job, const Transport& transport, event::Deadline until, bool has_ticket = false,
                                           const Begin& begin = {});
    // What a file is to a user, in a child's own words; within user_file_timeout, with the wait for its turn.
    Result<launcher::FileReply> look(const launcher::FileQuestion& question);
    // What a user's file wants done, by a child of its own.
    Result<launcher::InterpretReply> obey(const launcher::InterpretQuestion& question);
    // Has the mailbox of such a delivery room? Within user_file_timeout, with the wait for its turn.
    Result<launcher::RoomReply> measure(const launcher::RoomQuestion& question, bool has_ticket);
    // What a program says, run by a child of its own; launcher_max_children of them at once, beside the looks.
    Result<launcher::ProgramReply> run(const launcher::ProgramQuestion& question);
    // What a filter makes of a message on its way to another host, in the message's own file; as many beside those.
    Result<launcher::ProgramReply> filter(launcher::FilterQuestion question);
    // What PAM says, asked by a child of its own that runs the program `pam`; within pam_timeout, with the wait for its turn.
    Result<launcher::PasswordReply> ask_pam(const launcher::PasswordQuestion& question);
    // A login that Cyrus SASL judges, by a child of its own that talks to router over `talk`; until it has ended, and no longer
    // than sasl_timeout, with the wait for its turn. The error: it could not begin, or took too long.
    Status judge(const launcher::SaslQuestion& question);
    std::size_t idle() const; // children that wait for another message

private:
    struct Worker {
        std::uint64_t number = 0; // in the nursery
        std::unique_ptr<event::FdStream> stream;
        std::uint32_t served = 0;
        std::string heard; // what it has said beyond the last report
        event::TimePoint born, idle_since;
    };
    using Pool = std::list<Worker>;

    // A delivery whose fiber waits: in the line of its mailbox, or for the one that does it together with its own.
    struct Waiting {
        const Job* job = nullptr;
        bool has_ticket = false;
        const Begin* begin = nullptr;
        bool alone = false; // by a child of its own: a large message, a transport filter
        bool is_taken = false; // by somebody's batch: to begin, and then to wait for the reply
        event::Notice notice, begun;
        std::optional<Result<delivery::DeliverReply>> reply; // none when notified, and not taken: it is to lead now
    };
    // Of one mailbox: one child at a time, and who waits for it meanwhile.
    using Line = std::list<Waiting*>;

    Result<delivery::DeliverReply> deliver_in_line(const std::string& key, Waiting& me, event::Deadline until);
    bool wait_in_line(Line& line, Waiting& me, event::Deadline until);
    static Error too_many(); // as the answer to who found no place
    static void begin(Waiting& one);
    static void begin_all(std::vector<Waiting*>& batch, Waiting& me);
    void lead(const std::string& key, Waiting& me, event::Deadline until, Duration limit);
    void lead_batch(const std::string& key, Line& line, Waiting& me, Duration limit);
    std::vector<Waiting*> take_batch(Line& line, Waiting& first, std::size_t most) const;
    // The error is that of a child that was gone before it heard of them.
    Status serve(Worker& worker, const std::vector<Waiting*>& batch, event::Deadline until);
    Result<Worker> hire(int large);
    std::optional<Worker> take_idle(const std::string& key);
    Result<launcher::FileReply> look(const launcher::FileQuestion& question, std::optional<Worker> worker, event::Deadline until);
    Status tell(Worker& worker, const Order& order, event::Deadline until);
    Result<delivery::DeliverReply> order(Worker& worker, const Job& job, bool kept, bool has_ticket, event::Deadline until);
    Result<delivery::DeliverReply> hear(Worker& worker, const Job& job, event::Deadline until);
    Result<delivery::DeliverReply> hear_out(Worker& worker, const Job& job, event::Deadline until);
    template <class Reply>
    Result<Reply> ask_once(const Order& order, event::Deadline until, int large = -1);
    Result<launcher::ProgramReply> run_one(event::Gate& gate, const Order& order, std::uint32_t& timeout, int large = -1);
    template <class Reply>
    Result<Reply> hear_once(Worker& worker, event::Deadline until);
    event::Deadline look_deadline() const;
    void keep(const std::string& key, Worker worker);
    void dismiss(Worker worker, bool is_stuck);
    void tick();

    const launcher::Parameters& parameters_;
    Nursery& nursery_;
    const Submit submit_;
    Turns turns_; // of children that deliver: one user's, whose home may hang, are not all of them
    std::map<std::string, Pool> idle_;
    std::map<std::string, Line> lines_; // of mailboxes that are being delivered to
    Turns looks_;
    event::Gate passwords_, logins_;
    event::Gate programs_, filters_; // mail that goes out does not hold up ACLs and routers
    std::size_t alive_ = 0; // children that the nursery has not reported gone
    event::Timer ticker_;
};

}
