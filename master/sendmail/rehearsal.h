// The receiving side of the suite in this one process: smtpd's session, cleanup's stages and router's desk
// talk to each other as they do between processes, and what they accept is thrown away where spoold would
// commit it. For -bh and -bhc: a whole session as if from another host.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/event/stream.h"
#include "common/mail/envelope.h"
#include "master/sendmail/workplace.h"

namespace gp::sendmail {

// A message of a local program, to be completed as cleanup does it.
struct LocalMessage {
    mail::Origin origin;
    std::string id, sender, full_name;
    bool sender_given = false;       // -f, or a "From " line
    bool extract_recipients = false; // -t
    std::string headers;             // LF line ends, without the empty line behind them
    std::vector<std::string> recipients;
};

class Rehearsal {
public:
    // An error is the configuration's: an ACL that cannot be used, a bad log_selector. Without callouts, routing alone
    // verifies addresses.
    static Result<std::unique_ptr<Rehearsal>> make(Workplace& place, bool with_callouts = false);
    ~Rehearsal();
    Rehearsal(const Rehearsal&) = delete;
    Rehearsal& operator=(const Rehearsal&) = delete;

    // One session on the stream. Runs on the calling fiber.
    void play(event::Stream& stream, mail::Origin origin);
    // Headers that are missing, addresses without domains, rewriting, -t: all that comes before policy. No Received:
    // is added, and -t finds nobody where it would refuse the message. Runs on the calling fiber.
    Status complete(LocalMessage& message);

private:
    struct Parts;
    Rehearsal();
    std::unique_ptr<Parts> parts_;
};

}
