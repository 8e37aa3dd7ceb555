// The views of an app, each fetched when it is looked at first: what nobody looks at yet does not hold up what somebody does.

const fetched = new Map();
const underWay = new Map();

/** What shows a view; nothing before it is fetched. */
export function viewOf(name) {
    return fetched.get(name);
}

/** Fetches a view, once. Fails where the server is gone, or has other files by now. */
export function fetchView(name) {
    if (!underWay.has(name)) {
        underWay.set(name, import(`./views/${name}.js`).then(
            ({ View }) => fetched.set(name, View),
            (error) => {
                underWay.delete(name);
                throw error;
            },
        ));
    }
    return underWay.get(name);
}
