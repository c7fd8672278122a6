import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { target } from '@/lib/path';

/** A link inside the app; `to` comes from `lib/path`. */
export function To({ to, children, ...rest }: AnchorProps & { to: string; children: ReactNode }) {
  return (
    <Anchor renderRoot={(props) => <Link {...(target(to) as object)} {...props} />} {...rest}>
      {children}
    </Anchor>
  );
}

/** A button that goes somewhere inside the app. */
export function ButtonTo({
  to,
  children,
  ...rest
}: ButtonProps & { to: string; children: ReactNode }) {
  return (
    <Button renderRoot={(props) => <Link {...(target(to) as object)} {...props} />} {...rest}>
      {children}
    </Button>
  );
}

/** A button that opens a document of the server in a new tab. */
export function ButtonFile({
  href,
  children,
  ...rest
}: ButtonProps & { href: string; children: ReactNode }) {
  return (
    <Button component="a" href={href} target="_blank" rel="noopener" {...rest}>
      {children}
    </Button>
  );
}
