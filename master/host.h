// A guest's side of common/service/guests.h: the running suite whose spool we share.
#pragma once

#include <string>

#include "master/child.h"

namespace gp::master {

class Host {
public:
    // Waits for its welcome.
    static Result<Host> join(const std::string& spool_directory);

    // It runs this service for us.
    bool has(std::string_view service) const;
    // Whom our processes ask there: its services and its qmgr.
    bool is_asked(std::string_view service) const { return has(service) || service == "qmgr"; }
    // A channel from our process to the host's service. An error when the host is gone.
    Status connect(Child& asking, std::string_view service) const;
    // Readable when the host is gone: it says nothing else.
    int fd() const { return socket_.get(); }

private:
    Host(OwnedFd socket, bool has_tally) : socket_(std::move(socket)), has_tally_(has_tally) {}
    OwnedFd socket_;
    bool has_tally_ = false;
};

}
