// Task: a move-only std::function<void()>. Needed because tasks own descriptors.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace gp {

class Task {
public:
    Task() = default;
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, Task> && std::is_invocable_v<std::remove_cvref_t<F>&>)
    Task(F&& function) : body_(std::make_unique<Body<std::remove_cvref_t<F>>>(std::forward<F>(function)))
    {
    }

    explicit operator bool() const { return body_ != nullptr; }
    void operator()() { body_->run(); }

private:
    struct Base {
        virtual ~Base() = default;
        virtual void run() = 0;
    };
    template <class F>
    struct Body final : Base {
        explicit Body(F f) : function(std::move(f)) {}
        void run() override { function(); }
        F function;
    };
    std::unique_ptr<Base> body_;
};

}
