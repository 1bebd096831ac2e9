#include "delivery/local/turns.h"

namespace gp::local {

Turns::Turn::Turn(Turns& turns, std::uint32_t uid, event::Deadline until) : turns_(turns), uid_(uid)
{
    auto& own = turns_.users_[uid_];
    if (!own)
        own = std::make_unique<Own>(turns_.most_of_a_user_);
    ++own->known;
    is_in_own_ = own->gate.enter(until);
    is_in_all_ = is_in_own_ && turns_.all_.enter(until);
}

Turns::Turn::~Turn()
{
    if (is_in_all_)
        turns_.all_.leave();
    const auto own = turns_.users_.find(uid_);
    if (is_in_own_)
        own->second->gate.leave();
    if (--own->second->known == 0)
        turns_.users_.erase(own);
}

}
