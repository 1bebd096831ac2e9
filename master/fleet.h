// The living processes of the suite and the channels between them. For each pair of which one asks the other
// there is one socket pair, made when the later of the two is started, and again whenever one of them is.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "master/child.h"
#include "master/host.h"
#include "master/setup.h"

namespace gp::master {

class Fleet {
public:
    // With a host, its services answer ours.
    explicit Fleet(std::string directory, const Host* host = nullptr) : directory_(std::move(directory)), host_(host) {}

    // Starts one more process of the pool, introduces it and connects it with those it talks to. Standard
    // error of the service is `stderr_fd`.
    Result<Child*> start(const Setup& setup, const service::ImageService& row, int stderr_fd);
    // Reaps it; the reference is gone afterwards.
    void remove(const Child& child);

    const std::vector<std::unique_ptr<Child>>& children() const { return children_; }
    bool empty() const { return children_.empty(); }

    // The living process of that program that was started last, and is not told to end; null when there is none.
    Child* newest(std::string_view program) const;

    // From a reload on: processes that stay no longer ask those of an older configuration.
    void withdraw_older_than(std::uint32_t generation);

    // Called with our end of a channel on which a new log process takes our own lines.
    std::function<void(OwnedFd)> on_log;

private:
    Result<std::unique_ptr<Child>> spawn(const service::ImageService& row, int stderr_fd);
    std::uint32_t free_number(std::string_view program) const;
    void connect(Child& newcomer);
    void make_edge(Child& asking, Child& answering);
    static std::string known_as(const Child& asking, const Child& answering);
    void connect_log(Child& child);
    void connect_host(Child& child) const;

    std::string directory_; // of our programs
    const Host* host_;
    std::vector<std::unique_ptr<Child>> children_;
};

}
