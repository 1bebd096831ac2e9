#include "common/expand/tree.h"

#include "common/expand/scene.h"

namespace gp::expand {
namespace {

class Literal final : public Node {
public:
    explicit Literal(std::string words) : words_(std::move(words)) {}
    Status evaluate(Scene&, Text& out) const override
    {
        out.append(words_);
        return {};
    }
    const std::string* constant() const override { return &words_; }
    void add(std::string_view words) { words_ += words; }

private:
    std::string words_;
};

const std::string nothing;

constexpr std::size_t usual_rest = 24; // octets that variables add to the words around them

class Level {
public:
    Level(Depth& depth, const char* here) : depth_(depth)
    {
        if (depth_.levels++ == 0) {
            depth_.stack_base = here;
            depth_.steps = 0;
        }
        ++depth_.steps;
    }
    ~Level() { --depth_.levels; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

private:
    Depth& depth_;
};

}

Sequence::Sequence() : constant_(&nothing) {}

void Sequence::add(NodePtr node)
{
    parts_.push_back(std::move(node));
    constant_ = parts_.size() == 1 ? parts_.front()->constant() : nullptr;
}

void Sequence::add(std::string_view words)
{
    if (words.empty())
        return;
    literal_octets_ += words.size();
    if (!parts_.empty() && parts_.back()->constant())
        // Literals are made here only, and nobody else has seen this one yet.
        const_cast<Literal&>(static_cast<const Literal&>(*parts_.back())).add(words);
    else
        add(std::make_unique<const Literal>(std::string(words)));
}

Status Sequence::evaluate(Scene& scene, Text& out) const
{
    if (constant_) { // nothing below it: it counts as work, and its depth is its caller's
        ++scene.depth.steps;
        out.append(*constant_);
        if (out.text.size() > scene.world.limits.expansion_size_max)
            return misconfigured("expansion is too long (expansion_size_max)", Cause::too_big);
        return {};
    }
    const char here = 0;
    const Level level(scene.depth, &here);
    // The stack grows downwards.
    const auto used = static_cast<std::size_t>(scene.depth.stack_base - &here);
    if (used > scene.world.limits.expansion_stack_max)
        return misconfigured("expansion is nested too deeply (expansion_stack_max)", Cause::too_big);
    if (scene.depth.steps > scene.world.limits.expansion_steps_max)
        return misconfigured("expansion takes too much work (expansion_steps_max)", Cause::too_big);
    if (parts_.size() > 1 && out.text.size() + literal_octets_ > out.text.capacity()) // in one step, with some room for the rest
        out.text.reserve(out.text.size() + literal_octets_ + usual_rest);
    for (const auto& part : parts_) {
        TRY(part->evaluate(scene, out));
        if (out.text.size() > scene.world.limits.expansion_size_max)
            return misconfigured("expansion is too long (expansion_size_max)", Cause::too_big);
    }
    return {};
}

const std::string* Sequence::beginning() const
{
    return parts_.empty() ? &nothing : parts_.front()->constant();
}

Result<Text> Sequence::text(Scene& scene) const
{
    Result<Text> out{Text{}}; // filled in place: texts are short, and moving one costs as much as making it
    if (auto done = evaluate(scene, *out); !done)
        out = std::move(done).error();
    return out;
}

Status Branches::take(Scene& scene, bool success, const Text& answer, Text& out) const
{
    if (success) {
        if (yes)
            return yes->evaluate(scene, out);
        out.append(answer);
        return {};
    }
    if (no)
        return no->evaluate(scene, out);
    if (fails)
        return permanent("\"" + std::string(item) + "\" failed and \"fail\" requested", Cause::forced_fail);
    return {};
}

Error inside(Error error, std::string_view where)
{
    error.text += " inside ";
    error.text += where;
    return error;
}

}
