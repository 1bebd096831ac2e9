// Where the queue tools find messages: a running suite is asked over the control socket, a stopped one is read
// from the spool itself.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/owned_fd.h"
#include "master/control/instance.h"
#include "cleanup/spoold/protocol.h"
#include "qmgr/import_protocol.h"
#include "qmgr/protocol.h"

namespace gp::control {

// A message with its content, wherever it came from.
struct Shown {
    qmgr::Listed listed;
    mail::Envelope envelope;
    std::string headers, body; // CRLF lines
    OwnedFd large;             // of a large one the body
};

class Queue {
public:
    virtual ~Queue() = default;
    // Calls `with` for each message, in order of id; those that `narrowed` (qmgr::List) leaves out may be left out.
    virtual Status each(const std::function<void(const qmgr::Listed&)>& with, const qmgr::List& narrowed = {}) = 0;
    virtual Result<Shown> show(const std::string& id, bool content) = 0;
    // Orders need the suite: it knows what is being delivered at this moment, and logs who gave them.
    virtual Result<qmgr::OperateReply> operate(const qmgr::Operate& order) = 0;
    // A message from elsewhere; of a running suite alone. `body` as qmgr::Import has it, of any size.
    virtual Status import(qmgr::Import message, const std::string& id) = 0;
    // What qmgr counts; of a running suite alone.
    virtual Result<qmgr::StatusReply> numbers(bool by_state = true) = 0;
    virtual Result<qmgr::AccountsReply> accounts(const qmgr::AskAccounts& question) = 0;
};

Result<std::unique_ptr<Queue>> find_queue(const Invocation& call);

// The body in one piece, also a large one.
std::string whole_body(const Shown& shown);

}
