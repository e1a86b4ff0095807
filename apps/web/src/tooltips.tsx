import {
  useRef,
  useState,
  type HTMLAttributes,
  type MouseEvent,
  type PointerEvent,
  type ReactNode,
  type RefObject,
} from 'react';
import { useLocation } from 'wouter';
import { markAtKey, marksIn, nearestMark, TIP_ATTRIBUTE, type Mark } from './marks.ts';

/** Reach of a pointer around a mark, in CSS pixels. */
const POINTER_REACH = 16;
const TOUCH_REACH = 28;
/** Below this distance from the top there is no room above a mark. */
const ROOM_ABOVE = 96;

interface Shown {
  readonly mark: Mark;
  readonly lines: readonly string[];
  /** The link of the mark, if it has one. */
  readonly href: string | null;
  readonly isTouched: boolean;
}

/**
 * Marks with one tooltip for all of them: at the pointer, at a touch, and at the focus, which the
 * arrow keys move. A mark is any element below with the attribute `data-tip`; a link among them
 * opens its page on a click, on Enter, and on a second touch.
 */
export function Tooltips({
  label,
  children,
}: {
  /** Describes the marks for screen readers. */
  readonly label: string;
  readonly children: ReactNode;
}): ReactNode {
  const container = useRef<HTMLDivElement>(null);
  const { shown, handlers } = useTooltip(container);
  return (
    <div
      ref={container}
      role="group"
      tabIndex={0}
      aria-label={`${label}. Arrow keys move from value to value.`}
      className="tooltips"
      {...handlers}
    >
      {children}
      {shown === null ? null : <Tip shown={shown} width={container.current?.clientWidth ?? 0} />}
    </div>
  );
}

type Handlers = Pick<
  HTMLAttributes<HTMLDivElement>,
  | 'onPointerDown'
  | 'onPointerMove'
  | 'onPointerLeave'
  | 'onClick'
  | 'onKeyDown'
  | 'onFocus'
  | 'onBlur'
>;

/** The mark that is shown in a container, and the handlers that choose it. */
function useTooltip(container: RefObject<HTMLDivElement | null>): {
  shown: Shown | null;
  handlers: Handlers;
} {
  // measured once per visit of the pointer, as there can be thousands
  const measured = useRef<readonly Mark[] | null>(null);
  const isSecondTouch = useRef(false);
  const [shown, setShown] = useState<Shown | null>(null);
  const [, navigate] = useLocation();

  const marks = () =>
    (measured.current ??= container.current === null ? [] : marksIn(container.current));
  const hide = () => {
    measured.current = null;
    setShown(null);
  };
  const point = ({ clientX, clientY, pointerType }: PointerEvent) => {
    const origin = container.current?.getBoundingClientRect();
    const [x, y] = [clientX - (origin?.left ?? 0), clientY - (origin?.top ?? 0)];
    const isTouched = pointerType === 'touch';
    const all = marks();
    const found = all[nearestMark(all, x, y, isTouched ? TOUCH_REACH : POINTER_REACH)];
    if (found?.element !== shown?.mark.element)
      setShown(found === undefined ? null : describe(found, isTouched));
    return found;
  };
  const handlers: Handlers = {
    onPointerDown(event) {
      const before = shown?.mark.element;
      const found = point(event);
      isSecondTouch.current = event.pointerType !== 'touch' || found?.element === before;
    },
    onPointerMove: point,
    onPointerLeave({ pointerType }) {
      if (pointerType !== 'touch') hide();
    },
    onClick(event) {
      const href = hrefToOpen(event, shown);
      if (href === null) return;
      event.preventDefault();
      if (isKeyClick(event) || isSecondTouch.current) navigate(href);
    },
    onKeyDown(event) {
      if (event.key === 'Escape') hide();
      measured.current = null;
      const all = marks();
      const from = all.findIndex(({ element }) => element === event.target);
      const next = markAtKey(all, from, event.key);
      if (next === undefined) return;
      event.preventDefault();
      all[next]?.element.focus();
    },
    onFocus({ target }) {
      measured.current = null;
      // a touch has shown it already
      if (target === container.current || target === shown?.mark.element) return;
      const found = marks().find(({ element }) => element === target);
      setShown(found === undefined ? null : describe(found, false));
    },
    onBlur: hide,
  };
  return { shown, handlers };
}

/** Whether a click was made by a key: then no pointer was there before it. */
function isKeyClick({ detail }: MouseEvent): boolean {
  return detail === 0;
}

/** The page that a click opens; null for none, and for clicks that the browser or others handle. */
function hrefToOpen(event: MouseEvent, shown: Shown | null): string | null {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const control = (event.target as Element).closest('a, button');
  // other controls between the marks work by themselves
  if (control !== null && !control.hasAttribute(TIP_ATTRIBUTE)) return null;
  if (isKeyClick(event)) return control && hrefOf(control);
  return shown?.href ?? null;
}

function describe(mark: Mark, isTouched: boolean): Shown {
  const lines = (mark.element.getAttribute(TIP_ATTRIBUTE) ?? '').split('\n');
  return { mark, lines, href: hrefOf(mark.element), isTouched };
}

/** The path of the link that an element is; SVG links of Plot have it in another namespace. */
function hrefOf(element: Element): string | null {
  const link = element.closest('a');
  return (
    link?.getAttribute('href') ??
    link?.getAttributeNS('http://www.w3.org/1999/xlink', 'href') ??
    null
  );
}

/** Half of the greatest width of a tooltip, in CSS pixels; see the style sheet. */
const HALF_WIDTH = 120;

function Tip({ shown, width }: { readonly shown: Shown; readonly width: number }): ReactNode {
  const { mark, lines, href, isTouched } = shown;
  const centre = (mark.left + mark.right) / 2;
  const x = Math.min(Math.max(centre, HALF_WIDTH), Math.max(width - HALF_WIDTH, HALF_WIDTH));
  const isBelow = mark.top < ROOM_ABOVE;
  return (
    <>
      <span
        className="tip-mark"
        style={{
          left: mark.left,
          top: mark.top,
          width: mark.right - mark.left,
          height: mark.bottom - mark.top,
        }}
      />
      {/* the focused mark itself has the text as its label */}
      <div
        aria-hidden="true"
        className={isBelow ? 'tip below' : 'tip'}
        style={{ left: x, top: isBelow ? mark.bottom : mark.top }}
      >
        {lines.map((line, index) => (
          <p key={index}>{line}</p>
        ))}
        {isTouched && href !== null ? <p>Tap again to open</p> : null}
      </div>
    </>
  );
}
