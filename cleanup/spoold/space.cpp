#include "cleanup/spoold/space.h"

#include <algorithm>

#include "common/log/log.h"

namespace gp::spoold {
namespace {

std::uint64_t at_least_zero(std::int64_t n)
{
    return n > 0 ? static_cast<std::uint64_t>(n) : 0;
}

std::uint64_t inodes_of(const spool::DiskSpace& space)
{
    return space.counts_inodes ? space.free_inodes : ~std::uint64_t{0};
}

// As Exim has it (check_spool_space and the like): 0 is no check. Empty when there is enough.
std::string shortage_of(std::string_view of, const spool::DiskSpace& space, std::int64_t octets, std::int64_t inodes)
{
    if (space.free_octets >= at_least_zero(octets) && inodes_of(space) >= at_least_zero(inodes))
        return {};
    return std::string(of) + " directory space check failed: space=" + std::to_string(space.free_octets / 1024) +
           "K inodes=" + std::to_string(inodes_of(space));
}

}

SpaceWatch::SpaceWatch(spool::Spool& spool, const Committer& committer, const Parameters& parameters,
                       OwnedFd log_directory)
    : spool_(spool),
      committer_(committer),
      parameters_(parameters),
      log_directory_(std::move(log_directory)),
      timer_([this] { look(); })
{
    look();
}

void SpaceWatch::start()
{
    timer_.start_every(Duration{std::int64_t{std::max(1u, parameters_.spool_space_interval)} * 1000});
}

bool SpaceWatch::has_room_for(std::uint64_t size) const
{
    return now_.free_octets > size + at_least_zero(parameters_.check_spool_space);
}

void SpaceWatch::look()
{
    const auto space = spool_.io().space(spool_.directory());
    if (!space && !complained_)
        log::warning("spool: " + space.error().text);
    complained_ = !space;
    std::string shortage;
    if (space) {
        now_.free_octets = space->free_octets;
        now_.free_inodes = inodes_of(*space);
        shortage = shortage_of("spool", *space, parameters_.check_spool_space, parameters_.check_spool_inodes);
    }
    if (const auto logs = log_directory_ ? spool_.io().space(log_directory_.get()) : temporary("no log files");
        logs && shortage.empty())
        shortage = shortage_of("log", *logs, parameters_.check_log_space, parameters_.check_log_inodes);
    is_short_ = !has_room_for(4 * parameters_.spool_segment_size);
    now_.accepting = shortage.empty() && !spool_.stopped() && !committer_.is_out_of_room();
    if (now_.accepting != told_.accepting)
        log::remark(now_.accepting       ? "spool: mail is accepted again"
                    : shortage.empty() ? "spool: no mail is accepted: the log cannot be written"
                                         : "spool: no mail is accepted: " + shortage);
    if (!differs(told_))
        return;
    told_ = now_;
    std::erase_if(subscribers_, [](const auto& channel) { return channel.expired(); });
    if (!subscribers_.empty()) // outside of any fiber, where no slow reader can hold us
        event::Loop::current().defer([this] { tell(); });
}

void SpaceWatch::tell()
{
    for (const auto& subscriber : subscribers_)
        if (const auto channel = subscriber.lock())
            channel->send(now_);
}

// A change of a sixteenth, or of what may come in.
bool SpaceWatch::differs(const Space& from) const
{
    const auto far = [](std::uint64_t a, std::uint64_t b) { return (a > b ? a - b : b - a) > std::max(a, b) / 16; };
    return now_.accepting != from.accepting || far(now_.free_octets, from.free_octets) ||
           far(now_.free_inodes, from.free_inodes);
}

void SpaceWatch::subscribe(ipc::Channel& cleanup)
{
    const auto known = cleanup.weak_from_this();
    const auto is_same = [&](const auto& other) { return !known.owner_before(other) && !other.owner_before(known); };
    if (std::ranges::any_of(subscribers_, is_same))
        return;
    subscribers_.push_back(cleanup.weak_from_this());
}

}
