// A Link is how a client names a whole service: "router", however many processes serve it and
// however often they are restarted. Master hands the channels in as processes come and go.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/ipc/channel.h"

namespace gp::ipc {

class Link {
public:
    explicit Link(std::string service) : service_(std::move(service)) {}
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    // Asks the process with the fewest calls outstanding. When it dies before it answers and the
    // message's type says `static constexpr bool repeatable = true`, another one is asked once.
    // When none is there, waits for one until the deadline. Suspends.
    template <Request M>
    Result<typename M::Reply> call(const M& message, event::Deadline until)
    {
        for (bool again = true;; again = false) {
            auto channel = TRY(pick(until));
            auto reply = channel->call(message, until);
            bool may_repeat = false;
            if constexpr (requires { M::repeatable; })
                may_repeat = M::repeatable;
            if (reply || !again || !may_repeat || reply.error().cause != Cause::closed || channel->is_open())
                return reply;
        }
    }

    // Tells one process; dropped (false) when none is there.
    template <NoticeMessage M>
    bool send(const M& message)
    {
        auto channel = best();
        if (!channel)
            return false;
        channel->send(message);
        return true;
    }

    // For conversations of more than one message: stays with one process.
    Result<std::shared_ptr<Channel>> pick(event::Deadline until);
    // The same process for the same key, as long as it is there.
    Result<std::shared_ptr<Channel>> pick_for(std::string_view key, event::Deadline until);
    std::shared_ptr<Channel> best() const; // null when none is there

    void add(std::shared_ptr<Channel> channel);
    void remove(const Channel* channel);
    bool connected() const { return !channels_.empty(); }
    const std::string& service() const { return service_; }
    // Called outside of any fiber each time a process of the service is (again) there.
    void on_connect(std::function<void(std::shared_ptr<Channel>)> callback)
    {
        on_connect_ = std::move(callback);
    }

private:
    std::shared_ptr<Channel> of(std::string_view key) const;
    template <class Choose>
    Result<std::shared_ptr<Channel>> wait_for(Choose choose, event::Deadline until);

    std::string service_;
    std::vector<std::shared_ptr<Channel>> channels_;
    // Those who wait for a process; weak references to it tell whether this Link is still there.
    std::shared_ptr<std::vector<event::Notice*>> waiting_ = std::make_shared<std::vector<event::Notice*>>();
    mutable std::size_t next_ = 0;
    std::function<void(std::shared_ptr<Channel>)> on_connect_;
};

}
