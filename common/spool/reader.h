// The spool of a stopped suite, to look at: for `gatepost queue list|show|cat|export` and Exim's -Mvh and
// the like. Holds a shared lock, so a suite cannot start meanwhile and several readers can look.
#pragma once

#include <memory>
#include <string>

#include "common/spool/catalog.h"
#include "common/spool/large_file.h"
#include "common/spool/recovery.h"

namespace gp::spool {

class Reader {
public:
    // An error with cause refused when a suite has it.
    static Result<std::unique_ptr<Reader>> open(const Io& io, OwnedFd directory);

    const Catalog& catalog() const { return recovered_.catalog; }
    const RecoveryReport& report() const { return recovered_.report; }

    struct Message {
        mail::Envelope envelope;
        Stored stored;
    };
    Result<Message> read(const Key& id, unsigned wanted) const;
    // The body in a file of its own; read-only.
    Result<OwnedFd> large_body(const Key& id) const { return large_.open(id); }

private:
    Reader(const Io& io, OwnedFd lock, OwnedFd large_root)
        : io_(io), lock_(std::move(lock)), large_(io, std::move(large_root))
    {
    }

    const Io& io_;
    OwnedFd lock_;
    LargeFiles large_;
    Recovered recovered_;
};

}
