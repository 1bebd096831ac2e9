// Serves messages: derive from Endpoint<A, B, C>; a forgotten answer does not compile.
//
//     class Verdicts : public ipc::Endpoint<Ask, Forget> {
//         Result<Answer> answer(const Ask&, ipc::Channel& from) override;  // a request, on a fiber
//         void notice(const Forget&, ipc::Channel& from) override;         // a notice, must not suspend
//     };
#pragma once

#include <array>

#include "common/ipc/channel.h"

namespace gp::ipc {

template <Message M>
class Serves;

template <Request M>
class Serves<M> {
public:
    virtual ~Serves() = default;
    virtual Result<typename M::Reply> answer(const M& message, Channel& from) = 0;

    Service service()
    {
        return {M::name, max_size_of<M>(), max_reply_of<M>(), true,
                [this](Channel& from, std::string_view body, std::vector<Fd>& fds_in,
                       std::vector<Fd>& fds_out) -> Result<std::string> {
                    auto message = decode<M>(body, &fds_in);
                    if (!message) {
                        from.close("malformed " + std::string(M::name) + ": " + message.error().text);
                        return message.error();
                    }
                    auto reply = TRY(answer(*message, from));
                    return encode(reply, &fds_out);
                }};
    }
};

template <NoticeMessage M>
class Serves<M> {
public:
    virtual ~Serves() = default;
    virtual void notice(const M& message, Channel& from) = 0;

    Service service()
    {
        return {M::name, max_size_of<M>(), 0, false,
                [this](Channel& from, std::string_view body, std::vector<Fd>& fds_in,
                       std::vector<Fd>&) -> Result<std::string> {
                    auto message = decode<M>(body, &fds_in);
                    if (!message) {
                        from.close("malformed " + std::string(M::name) + ": " + message.error().text);
                        return message.error();
                    }
                    notice(*message, from);
                    return std::string{};
                }};
    }
};

template <Message... Ms>
class Endpoint : public Dispatcher, public Serves<Ms>... {
public:
    Endpoint() : services_{static_cast<Serves<Ms>*>(this)->service()...} {}

    const Service* find(std::string_view name) const override
    {
        for (const auto& service : services_)
            if (service.name == name)
                return &service;
        return nullptr;
    }

private:
    std::array<Service, sizeof...(Ms)> services_;
};

}
