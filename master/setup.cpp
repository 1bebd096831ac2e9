#include "master/setup.h"

#include "common/process/memfd.h"

namespace gp::master {

using service::Control;

Result<Setup> Setup::make(std::uint32_t generation, service::Image image, std::vector<Listener> listeners)
{
    Setup setup;
    setup.generation = generation;
    setup.image = std::move(image);
    setup.listeners = std::move(listeners);
    const auto& rows = setup.image.blocks();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        SharedFd fd;
        for (std::size_t other = 0; other < i && !fd; ++other)
            if (rows[other].offset == rows[i].offset && rows[other].size == rows[i].size)
                fd = setup.blocks[other];
        if (!fd)
            fd = std::make_shared<OwnedFd>(
                TRY(process::sealed_memfd("gatepost", setup.image.octets(rows[i]))));
        setup.blocks.push_back(std::move(fd));
    }
    return setup;
}

void Setup::introduce(Child& child, bool with_listeners) const
{
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const auto& row = image.blocks()[i];
        if (row.service[0] == 0 || service::text_of(row.service) == child.pool)
            child.tell(control_frame(Control::block, service::text_of(row.name)), blocks[i]);
    }
    for (const auto& listener : listeners)
        if (with_listeners && service::text_of(listener.row.service) == child.pool)
            child.tell(
                control_frame(Control::listener, service::text_of(listener.row.label), listener.row.flags),
                listener.socket);
    child.tell(control_frame(Control::go, {}, child.number));
}

}
