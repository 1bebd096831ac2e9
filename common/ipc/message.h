// What a message between our processes is: a plain struct with a name and a fields() visitor.
//
//     struct Ask {
//         static constexpr std::string_view name = "ask";
//         using Reply = Answer;                               // absent for a notice
//         static constexpr std::size_t max_size = 64 * 1024;  // absent: default_max_size; of Reply too
//         std::string phase;
//         static void fields(auto& self, auto&& field) { field("phase", self.phase); }
//     };
//
// Encoder, decoder, debug dump and fuzz target follow from fields(). A field is bool, an integer,
// an enum (sent as its number, checked against `enum_limit(E{})` when that is found by ADL),
// std::string, Fd, a struct with fields(), or std::vector / std::optional of these. Names are on
// the wire, in order; a frame whose names differ is malformed and closes the channel.
#pragma once

#include <memory>
#include <string_view>
#include <type_traits>

#include "common/base/owned_fd.h"

namespace gp::ipc {

inline constexpr std::size_t default_max_size = 64 * 1024;

// A descriptor that travels with the message, where the message's type has such a field. Shared,
// because messages copy; empty when none was sent.
struct Fd {
    std::shared_ptr<OwnedFd> owned;
    Fd() = default;
    explicit Fd(OwnedFd fd) : owned(std::make_shared<OwnedFd>(std::move(fd))) {}
    int get() const { return owned ? owned->get() : -1; }
    explicit operator bool() const { return owned && *owned; }
    OwnedFd take() { return owned ? std::move(*owned) : OwnedFd{}; }
};

template <class M>
concept Message = requires
{
    M::name;
};

template <class M>
concept Request = Message<M> && requires
{
    typename M::Reply;
};

template <class M>
concept NoticeMessage = Message<M> && !Request<M>;

template <class M>
constexpr std::size_t max_size_of()
{
    if constexpr (requires { M::max_size; })
        return M::max_size;
    else
        return default_max_size;
}

// The answer to a large question may be as large, and larger when its own type says so.
template <Request M>
constexpr std::size_t max_reply_of()
{
    if constexpr (requires { M::Reply::max_size; })
        return max_size_of<M>() > M::Reply::max_size ? max_size_of<M>() : M::Reply::max_size;
    else
        return max_size_of<M>();
}

// An answer without content.
struct Done {
    static void fields(auto&, auto&&) {}
};

}
