// How much each user of this machine may have under way at once, so that one of them cannot take all there is.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace gp::process {

class PerUser {
public:
    explicit PerUser(std::uint32_t most) : most_(most) {}
    PerUser(const PerUser&) = delete;
    PerUser& operator=(const PerUser&) = delete;

    // Held while it lasts; must not outlive its PerUser.
    class Place {
    public:
        Place(Place&& other) noexcept : of_(std::exchange(other.of_, nullptr)), uid_(other.uid_) {}
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place()
        {
            if (of_ && --of_->counts_[uid_] == 0)
                of_->counts_.erase(uid_);
        }

    private:
        friend class PerUser;
        Place(PerUser& of, uid_t uid) : of_(&of), uid_(uid) { ++of.counts_[uid]; }
        PerUser* of_;
        uid_t uid_;
    };

    // Nothing: that user has as many as one may have.
    std::optional<Place> admit(uid_t uid)
    {
        const auto found = counts_.find(uid);
        if (found != counts_.end() && found->second >= most_)
            return {};
        return Place{*this, uid};
    }
    std::uint32_t most() const { return most_; }

private:
    const std::uint32_t most_;
    std::map<uid_t, std::uint32_t> counts_;
};

}
