// The tree that a text becomes: nodes that write what they stand for to the end of a Text.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/tainted.h"
#include "common/expand/condition.h"

namespace gp::expand {

struct Scene;

class Node {
public:
    virtual ~Node() = default;
    virtual Status evaluate(Scene& scene, Text& out) const = 0;
    virtual const std::string* constant() const { return nullptr; }
};
using NodePtr = std::unique_ptr<const Node>;
using TestPtr = std::unique_ptr<const Test>;

// Pieces that stand one after the other.
class Sequence final : public Node {
public:
    Sequence();
    void add(std::string_view words); // joined with literal words before
    void add(NodePtr node);

    Status evaluate(Scene& scene, Text& out) const override;
    Result<Text> text(Scene& scene) const;
    const std::string* constant() const override { return constant_; }
    const std::string* beginning() const; // what it begins with, when that is constant; else null
    std::size_t size() const { return parts_.size(); }
    const Node* only() const { return parts_.size() == 1 ? parts_.front().get() : nullptr; }

private:
    std::vector<NodePtr> parts_;
    std::size_t literal_octets_ = 0; // of all parts
    const std::string* constant_;    // of the only part, or an empty text; null: it must be evaluated
};

// The texts after a condition or a look-up: {yes}{no}, {yes}fail, {yes}, or nothing.
struct Branches {
    std::unique_ptr<Sequence> yes, no;
    bool fails = false;
    std::string_view item; // a literal, for "lookup" failed and "fail" requested

    // `answer` is what stands for the item when there is no yes text; $value has been set by the caller.
    Status take(Scene& scene, bool success, const Text& answer, Text& out) const;
};

// Error texts may be wrapped on their way out: `… inside "and{...}" condition`.
Error inside(Error error, std::string_view where);

}
