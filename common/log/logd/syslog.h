// The system's log daemon: datagrams to /dev/log in the form of RFC 3164, as syslog(3) sends them.
// Opened before the jail, because afterwards there is no socket().
#pragma once

#include <string>
#include <string_view>

#include "common/base/owned_fd.h"
#include "common/base/result.h"

namespace gp::logd {

enum class Severity { alert = 1, error = 3, notice = 5, info = 6 };

class Syslog {
public:
    // `facility` is "mail", "daemon", "local0" … as in syslog.conf.
    static Result<Syslog> open(std::string process_name, std::string_view facility, bool with_pid);
    // Lines over 870 octets are split as Exim does (manual 53.2): "[1/2] …", "[2/2] …".
    void send(Severity severity, std::string_view text, unsigned pid);

private:
    Syslog(OwnedFd socket, std::string process_name, int facility, bool with_pid);
    OwnedFd socket_;
    std::string process_name_;
    int facility_;
    bool with_pid_;
};

}
