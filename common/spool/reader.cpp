#include "common/spool/reader.h"

#include <fcntl.h>

#include "common/spool/spool.h"

namespace gp::spool {

Result<std::unique_ptr<Reader>> Reader::open(const Io& io, OwnedFd directory)
{
    auto lock = io.open(directory.get(), lock_name, O_RDONLY);
    if (!lock && lock.error().cause == Cause::not_found) // never used: an empty queue
        return std::unique_ptr<Reader>{new Reader(io, {}, {})};
    if (!lock)
        return std::move(lock).error();
    if (!TRY(io.lock(lock->get(), false)))
        return temporary("the spool is in use by a running suite", Cause::refused);
    auto log = TRY(io.open_directory(directory.get(), log_name, false));
    auto large = TRY(io.open_directory(directory.get(), large_name, false));
    std::unique_ptr<Reader> reader{new Reader(io, std::move(lock).take(), std::move(large))};
    TRY(reader->large_.open_existing());
    reader->recovered_ = TRY(recover(io, log.get(), {.may_repair = false, .remembered = 0}));
    return reader;
}

Result<Reader::Message> Reader::read(const Key& id, unsigned wanted) const
{
    const auto source = TRY(catalog().locate(id));
    auto stored = TRY(read_stored(io_, source, wanted | want_envelope));
    auto envelope = TRY(catalog().envelope(*catalog().index.find(id), stored));
    return Message{std::move(envelope), std::move(stored)};
}

}
